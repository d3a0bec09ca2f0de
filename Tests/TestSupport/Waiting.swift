import Glibc

/// Waits for what another thread, process or server does.
public enum Waiting {
  /// A machine that stands still (a paused process, a suspended guest) is not waiting: between two looks no more than
  /// this counts.
  private static let longestStep = 2.0

  /// Asks every few milliseconds until `condition` holds.
  /// - Returns: whether it held within `seconds`. Give plenty: only a failing test waits that long.
  public static func until(seconds: Double = 20, everyMs: UInt32 = 5, _ condition: () throws -> Bool) rethrows -> Bool {
    var waited = 0.0
    var last = now
    while true {
      if try condition() { return true }
      waited += min(now - last, longestStep)
      last = now
      if waited > seconds { return false }
      usleep(everyMs * 1_000)
    }
  }

  /// Seconds of the monotonic clock.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
