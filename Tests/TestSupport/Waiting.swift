import Glibc

/// Waits for what another thread, process or server does.
public enum Waiting {
  /// Asks every few milliseconds until `condition` holds.
  /// - Returns: whether it held within `seconds`. Give plenty: only a failing test waits that long.
  public static func until(seconds: Double = 20, everyMs: UInt32 = 5, _ condition: () throws -> Bool) rethrows -> Bool {
    var start = timespec()
    clock_gettime(CLOCK_MONOTONIC, &start)
    while true {
      if try condition() { return true }
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      if Double(now.tv_sec - start.tv_sec) + Double(now.tv_nsec - start.tv_nsec) * 1e-9 > seconds { return false }
      usleep(everyMs * 1_000)
    }
  }
}
