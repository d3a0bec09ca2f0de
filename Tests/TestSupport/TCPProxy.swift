import Foundation
import Synchronization

/// Stands between a client and a server on loopback and breaks the connection in a chosen way, as toxiproxy does.
public final class TCPProxy: Sendable {
  public enum Mode: Sendable, Equatable {
    case forward
    /// Accepts and keeps connections, and passes nothing on: a network that swallows packets.
    case stall
    /// Each chunk waits for so long.
    case delay(milliseconds: UInt32)
    /// Existing connections are reset, new ones are reset at once.
    case reset
  }

  private struct State: Sendable {
    var mode = Mode.forward
    var targets: [UInt16]
    var turn = 0
    var open: Set<Int32> = []
    /// Those of `open` that end with a reset.
    var cut: Set<Int32> = []
    var isClosed = false

    mutating func cutAll() {
      for descriptor in open { TCPProxy.cut(descriptor) }
      cut.formUnion(open)
    }
  }

  public let port: UInt16
  private let listener: Int32
  private let state: Mutex<State>

  /// - Parameter target: port of the server, which need not be up.
  public convenience init(target: UInt16) throws { try self.init(targets: [target]) }

  /// A plain balancer: each connection goes to the next server that takes it.
  public init(targets: [UInt16]) throws {
    listener = try Loopback.listen(port: 0)
    port = try Loopback.port(of: listener)
    state = Mutex(State(targets: targets))
    let thread = Thread { [self] in accepting() }
    thread.start()
  }

  public var mode: Mode { state.withLock { $0.mode } }

  public func set(_ mode: Mode) {
    state.withLock { state in
      state.mode = mode
      if mode == .reset { state.cutAll() }
    }
  }

  /// Connections made from now on go to another server.
  public func retarget(_ port: UInt16) { state.withLock { $0.targets = [port] } }

  /// Resets the connections there are; new ones go on.
  public func resetConnections() { state.withLock { $0.cutAll() } }

  public var connections: Int { state.withLock { $0.open.count / 2 } }

  /// Must be called at the end: the accepting thread keeps the proxy.
  public func close() {
    state.withLock { state in
      state.isClosed = true
      state.cutAll()
    }
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// The close sends RST; whoever reads wakes up. Nothing is said to the other side before.
  private static func cut(_ descriptor: Int32) {
    var hard = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
    shutdown(descriptor, Int32(SHUT_RD))
  }

  private func accepting() {
    while true {
      let client = accept(listener, nil, nil)
      let (mode, targets, isClosed) = state.withLock { state in
        state.turn += 1
        let first = state.turn % state.targets.count
        return (state.mode, state.targets[first...] + state.targets[..<first], state.isClosed)
      }
      if isClosed {
        if client >= 0 { Glibc.close(client) }
        Glibc.close(listener)
        return
      }
      if client < 0 { continue }
      guard mode != .reset, let server = Self.connect(to: targets) else {
        Self.cut(client)
        Glibc.close(client)
        continue
      }
      for descriptor in [client, server] {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
      }
      state.withLock { $0.open.formUnion([client, server]) }
      let ends = Ends()
      Thread { [self] in pump(from: client, to: server, ends) }.start()
      Thread { [self] in pump(from: server, to: client, ends) }.start()
    }
  }

  /// The first that answers.
  private static func connect(to ports: some Sequence<UInt16>) -> Int32? {
    for port in ports {
      if let descriptor = Loopback.connect(port: port) { return descriptor }
    }
    return nil
  }

  /// How many of a connection's two directions have ended: the second one closes both sockets.
  private final class Ends: Sendable { let count = Atomic<Int>(0) }

  private func pump(from source: Int32, to sink: Int32, _ ends: Ends) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let got = recv(source, &buffer, buffer.count, 0)
      if got <= 0 || !pass(&buffer, got, to: sink) { break }
    }
    shutdown(source, Int32(SHUT_RD))
    // A connection that ends by itself passes its end on; a cut one is silent until its RST.
    if !state.withLock({ $0.cut.contains(sink) }) { shutdown(sink, Int32(SHUT_RDWR)) }
    guard ends.count.add(1, ordering: .acquiringAndReleasing).newValue == 2 else { return }
    state.withLock { state in
      state.open.subtract([source, sink])
      state.cut.subtract([source, sink])
    }
    Glibc.close(source)
    Glibc.close(sink)
  }

  /// Writes a chunk as the mode says. False when the connection has ended meanwhile.
  private func pass(_ buffer: inout [UInt8], _ count: Int, to sink: Int32) -> Bool {
    while true {
      let (mode, isClosed) = state.withLock { ($0.mode, $0.isClosed) }
      switch mode {
      case _ where isClosed, .reset: return false
      case .stall:
        usleep(2_000)
        continue
      case .delay(let milliseconds): usleep(milliseconds * 1_000)
      case .forward: break
      }
      break
    }
    var sent = 0
    while sent < count {
      let step = buffer.withUnsafeBytes {
        send(sink, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
      }
      if step <= 0 { return false }
      sent += step
    }
    return true
  }
}
