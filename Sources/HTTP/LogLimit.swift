import Synchronization

/// Lets ten lines a second through: what the library logs, clients cause.
final class LogLimit: Sendable {
  static let linesPerSecond = 10

  private let window = Mutex((began: UInt64(0), lines: 0))

  func admit(now: UInt64) -> Bool {
    window.withLock { window in
      if now - window.began >= 1_000_000_000 { window = (now, 0) }
      window.lines += 1
      return window.lines <= Self.linesPerSecond
    }
  }
}
