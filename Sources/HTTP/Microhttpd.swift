import CMicrohttpd
import Glibc

/// What the library reports, on its I/O threads. Each connection belongs to one of them.
protocol MicrohttpdDelegate: AnyObject, Sendable {
  func opened(_ connection: Connection)
  func closed(_ connection: Connection)
  /// - Parameter target: as sent; empty when there is none. Valid during the call.
  func started(_ connection: Connection, _ handle: ConnectionHandle, target: UnsafeBufferPointer<UInt8>) -> Exchange
  /// The header is complete.
  /// - Returns: false to cut the connection; so do the next two.
  func receivedHead(_ exchange: Exchange, _ head: RawHead) -> Bool
  func receivedBody(_ exchange: Exchange, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool
  /// The request is complete, or a suspended connection was resumed.
  func proceed(_ exchange: Exchange) -> Bool
  func completed(_ exchange: Exchange, complete: Bool)
  func logged(_ message: String)
}

/// Owner of one libmicrohttpd server.
// Proof of Sendable: `server` never changes, `HTTPServer` calls `start`, `quiesce` and `stop` from one thread at a time,
// and certificates may be loaded from any (cmicrohttpd.h).
final class Microhttpd: @unchecked Sendable {
  /// Swift's own frames, GnuTLS's handshake and inline handlers: some 100 KiB at most, rounded up.
  private static let stackBytes = 512 << 10

  /// Round trips of a data centre: handshakes that were answered come to their end.
  private static let handshakeMicroseconds: UInt32 = 5_000

  private let server: OpaquePointer
  private let delegate: Unmanaged<AnyObject>

  init(delegate: any MicrohttpdDelegate) throws(HTTPServerError) {
    // Released in deinit: the callbacks come between start and stop.
    let box = Unmanaged.passRetained(DelegateBox(delegate))
    var callbacks = cmhd_callbacks(
      opened: onOpened, closed: onClosed, started: onStarted, received: onReceived, completed: onCompleted,
      logged: onLogged)
    guard let server = cmhd_create(&callbacks, box.toOpaque()) else {
      box.release()
      throw HTTPServerError(.resources, "no memory for the HTTP server")
    }
    self.server = server
    self.delegate = Unmanaged.fromOpaque(box.toOpaque())
  }

  deinit {
    cmhd_destroy(server)
    delegate.release()
  }

  func start(_ configuration: HTTPConfiguration, descriptor: Int32) throws(HTTPServerError) {
    var options = cmhd_options(
      listen_descriptor: descriptor, threads: UInt32(configuration.ioThreads),
      connection_limit: UInt32(configuration.connectionLimit),
      per_address_limit: UInt32(configuration.connectionLimitPerAddress),
      connection_memory: configuration.headerLimit, stack_size: Self.stackBytes, tls: configuration.tls == nil ? 0 : 1)
    // The I/O threads inherit the mask: signals belong to the thread that waits for them.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try check(.resources) { cmhd_start(server, &options, $0) }
  }

  func loadCertificate(_ tls: HTTPConfiguration.TLS) throws(HTTPServerError) {
    try check(.certificate) { cmhd_load_certificate(server, tls.certificateChainPath, tls.privateKeyPath, $0) }
  }

  /// Accepts no more connections. The descriptor stays its owner's.
  /// - Parameter descriptor: the listening one; connections that wait in its backlog are taken yet. To be shut down at
  ///   once: between these two nothing comes, as the kernel drops what would be new.
  func quiesce(_ descriptor: Int32) {
    // Without the filter (a Unix socket) a connection may be reset in between.
    if cmhd_drop_new(descriptor) == 0 { usleep(Self.handshakeMicroseconds) }
    _ = cmhd_quiesce(server)
    _ = cmhd_accept_rest(server, descriptor)
  }

  /// - Precondition: no connection is suspended.
  func stop() { cmhd_stop(server) }

  private func check(
    _ code: HTTPServerError.Code, _ call: (UnsafeMutablePointer<CChar>?) -> Int32
  ) throws(HTTPServerError) {
    var message = [CChar](repeating: 0, count: Int(CMHD_MESSAGE_SIZE))
    let status = message.withUnsafeMutableBufferPointer { call($0.baseAddress) }
    guard status == 0 else {
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw HTTPServerError(code, String(decoding: text, as: UTF8.self))
    }
  }
}

private final class DelegateBox: Sendable {
  let delegate: any MicrohttpdDelegate
  init(_ delegate: any MicrohttpdDelegate) { self.delegate = delegate }
}

/// The pointers below come back from the library as they were given to it: context from `init`, connections from
/// `onOpened`, exchanges from `onStarted`; it gives none of them back after `onClosed` and `onCompleted`.
private func delegate(_ context: UnsafeMutableRawPointer?) -> (any MicrohttpdDelegate)? {
  context.map { Unmanaged<DelegateBox>.fromOpaque($0).takeUnretainedValue().delegate }
}

private func onOpened(_ context: UnsafeMutableRawPointer?, _ descriptor: Int32) -> UnsafeMutableRawPointer? {
  let connection = Connection(descriptor: descriptor)
  delegate(context)?.opened(connection)
  return Unmanaged.passRetained(connection).toOpaque()
}

private func onClosed(_ context: UnsafeMutableRawPointer?, _ peer: UnsafeMutableRawPointer?) {
  guard let peer else { return }
  delegate(context)?.closed(Unmanaged<Connection>.fromOpaque(peer).takeRetainedValue())
}

private func onStarted(
  _ context: UnsafeMutableRawPointer?, _ peer: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ target: UnsafePointer<CChar>?
) -> UnsafeMutableRawPointer? {
  guard let delegate = delegate(context), let peer, let connection else { return nil }
  let length = target.map { strlen($0) } ?? 0
  let bytes = UnsafeRawBufferPointer(start: target, count: length).assumingMemoryBound(to: UInt8.self)
  let exchange = delegate.started(
    Unmanaged<Connection>.fromOpaque(peer).takeUnretainedValue(), ConnectionHandle(connection), target: bytes)
  return Unmanaged.passRetained(exchange).toOpaque()
}

private func onReceived(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ bytes: UnsafePointer<CChar>?,
  _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
  guard let delegate = delegate(context), let request, let connection, let count, let method, let version else {
    return 0
  }
  let exchange = Unmanaged<Exchange>.fromOpaque(request).takeUnretainedValue()
  if exchange.phase == .head {
    return delegate.receivedHead(exchange, RawHead(connection, method: method, version: version)) ? 1 : 0
  }
  guard count.pointee > 0 else { return delegate.proceed(exchange) ? 1 : 0 }
  let piece = UnsafeRawBufferPointer(start: bytes, count: count.pointee).assumingMemoryBound(to: UInt8.self)
  count.pointee = 0
  return delegate.receivedBody(exchange, piece) ? 1 : 0
}

private func onCompleted(
  _ context: UnsafeMutableRawPointer?, _ request: UnsafeMutableRawPointer?, _ complete: Int32
) {
  guard let request else { return }
  delegate(context)?.completed(Unmanaged<Exchange>.fromOpaque(request).takeRetainedValue(), complete: complete != 0)
}

private func onLogged(_ context: UnsafeMutableRawPointer?, _ message: UnsafePointer<CChar>?) {
  if let message { delegate(context)?.logged(String(cString: message)) }
}
