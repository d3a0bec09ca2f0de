import Lifecycle

/// When the next snapshot is due: after the interval, when something has changed; a state that takes long to write is
/// written less often, so that writing takes at most one fiftieth of the time.
struct SnapshotClock {
  private static let share: UInt64 = 50

  private let interval: Duration
  private let clock: any FreshetClock
  private var next: Deadline
  private var events: UInt64 = 0
  private var revision: UInt64 = 0

  init(_ interval: Duration, _ clock: any FreshetClock) {
    self.interval = interval
    self.clock = clock
    next = Deadline(after: interval, clock: clock)
  }

  /// - Parameter isLast: the process ends: now or never.
  mutating func isDue(events: UInt64, revision: UInt64, isLast: Bool) -> Bool {
    guard isLast || next.hasPassed, events != self.events || revision != self.revision else { return false }
    self.events = events
    self.revision = revision
    return true
  }

  mutating func wasTaken(nanoseconds: UInt64) {
    let rest = Duration.nanoseconds(
      Int64(clamping: nanoseconds.multipliedReportingOverflow(by: Self.share).partialValue))
    next = Deadline(after: max(interval, rest), clock: clock)
  }
}
