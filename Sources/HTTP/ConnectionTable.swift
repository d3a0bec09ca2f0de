import Glibc
import Synchronization

/// One open connection: its descriptor, and the instant at which it is cut.
final class Connection: Sendable {
  /// Monotonic nanoseconds; 0: not at all.
  private let deadline = Atomic<UInt64>(0)
  fileprivate let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  func setDeadline(_ nanoseconds: UInt64) { deadline.store(nanoseconds, ordering: .relaxed) }
  func clearDeadline() { deadline.store(0, ordering: .relaxed) }

  /// - Returns: whether the deadline had passed; it is cleared then.
  fileprivate func expire(_ now: UInt64) -> Bool {
    let end = deadline.load(ordering: .relaxed)
    guard end != 0, now > end else { return false }
    // Lost when an I/O thread has just set another.
    return deadline.compareExchange(expected: end, desired: 0, ordering: .relaxed).exchanged
  }
}

/// The open connections, and the end of those that take too long.
///
/// The library's own time-out starts anew with every byte, so a client that sends one a second holds a connection for
/// ever (native.md section 5); these deadlines are absolute.
final class ConnectionTable: Sendable {
  private let open = Mutex<[ObjectIdentifier: Connection]>([:])

  var count: Int { open.withLock { $0.count } }

  func insert(_ connection: Connection) { open.withLock { $0[ObjectIdentifier(connection)] = connection } }

  /// Called before the descriptor is closed, so that `cutExpired` never meets one that is somebody else's.
  func remove(_ connection: Connection) { open.withLock { $0[ObjectIdentifier(connection)] = nil } }

  /// Shuts down what is past its deadline; the I/O thread then finds the connection closed and frees it.
  /// - Returns: how many.
  func cutExpired(now: UInt64) -> Int {
    open.withLock { open in
      var count = 0
      for connection in open.values where connection.expire(now) {
        shutdown(connection.descriptor, Int32(SHUT_RDWR))
        count += 1
      }
      return count
    }
  }
}
