import Synchronization

/// One client that reads `text/event-stream`. Any thread may send; none ever waits for the client.
public final class EventStream: Sendable {
  private struct State {
    var waiting: [UInt8] = []
    var isSuspended = false
    var isFinished = false
  }

  private let connection: Connection
  private let handle: ConnectionHandle
  private let limit: Int
  private let table: StreamTable
  private let state = Mutex(State())

  init(_ exchange: Exchange, limit: Int, table: StreamTable) {
    connection = exchange.connection
    handle = exchange.handle
    self.limit = limit
    self.table = table
  }

  /// False once the client has gone, was cut, or the stream was finished.
  public var isOpen: Bool { state.withLock { !$0.isFinished } }

  /// Sends one event.
  /// - Parameters:
  ///   - data: without line feeds, as compact JSON is.
  ///   - event: the event's name, without line feeds; nil is "message".
  /// - Returns: false when the stream is over. A client that has let more than `streamBufferLimit` wait is cut.
  @discardableResult public func send(_ data: [UInt8], event: String? = nil) -> Bool {
    let name = event.map { Array("event: \($0)\n".utf8) } ?? []
    return write(name + Array("data: ".utf8) + data + Array("\n\n".utf8))
  }

  /// A comment, which clients ignore: finds out whether the client is still there.
  @discardableResult func beat() -> Bool { write(Array(":\n\n".utf8)) }

  /// Ends the stream when all that was sent has been read.
  public func finish() {
    state.withLock {
      $0.isFinished = true
      wake(&$0)
    }
  }

  private func write(_ bytes: [UInt8]) -> Bool {
    state.withLock {
      guard !$0.isFinished else { return false }
      guard $0.waiting.count + bytes.count <= limit else {
        $0.isFinished = true
        // In the past: cut at the next check.
        connection.setDeadline(1)
        wake(&$0)
        return false
      }
      $0.waiting += bytes
      wake(&$0)
      return true
    }
  }

  /// Under the lock, as suspending is: a wake-up between "nothing there" and "suspended" would be lost.
  private func wake(_ state: inout State) {
    guard state.isSuspended else { return }
    state.isSuspended = false
    handle.resume()
  }

  /// I/O thread.
  /// - Returns: the number of bytes, -1 at the end, 0 when the connection was suspended.
  func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    state.withLock {
      guard $0.waiting.isEmpty else {
        let count = min(target.count, $0.waiting.count)
        target.copyBytes(from: $0.waiting[..<count])
        $0.waiting.removeFirst(count)
        return count
      }
      if $0.isFinished { return -1 }
      $0.isSuspended = true
      handle.suspend()
      return 0
    }
  }

  /// I/O thread: the answer is over, and the handle with it.
  func released() {
    state.withLock {
      $0.isFinished = true
      $0.isSuspended = false
    }
    table.remove(self)
  }
}

/// The open event streams.
final class StreamTable: Sendable {
  private struct State {
    var open: [ObjectIdentifier: EventStream] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())

  /// - Returns: false when the table is closed.
  func insert(_ stream: EventStream) -> Bool {
    state.withLock {
      guard !$0.isClosed else { return false }
      $0.open[ObjectIdentifier(stream)] = stream
      return true
    }
  }

  func remove(_ stream: EventStream) { state.withLock { $0.open[ObjectIdentifier(stream)] = nil } }

  func beat() { for stream in state.withLock({ Array($0.open.values) }) { stream.beat() } }

  /// Takes no more, and ends those that are there.
  func close() {
    let open = state.withLock {
      $0.isClosed = true
      return Array($0.open.values)
    }
    for stream in open { stream.finish() }
  }
}
