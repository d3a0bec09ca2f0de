import Lifecycle

/// When the next snapshot is due: after the interval, when something has changed, and earlier where the stream of applied
/// entries, which keeps so many batches, has moved on by a quarter of them: behind the newest snapshot nothing may be
/// trimmed. A state that takes long to write is written less often, so that writing takes at most one fiftieth of the
/// time, but not as seldom as half of the stream.
struct SnapshotClock {
  private static let share: UInt64 = 50

  private let interval: Duration
  private let batchLimit: UInt64
  private let clock: any FreshetClock
  private var next: Deadline
  private var earliest: Deadline
  private var events: UInt64 = 0
  private var revision: UInt64 = 0
  private var sequences: [Int32: UInt64]

  /// - Parameters:
  ///   - streamLimit: batches that the store keeps of each shard.
  ///   - sequences: where the state stands at the start.
  init(
    _ interval: Duration, streamLimit: Int, sequences: [Int32: UInt64], _ clock: any FreshetClock
  ) {
    self.interval = interval
    batchLimit = UInt64(max(1, streamLimit / 4))
    self.sequences = sequences
    self.clock = clock
    next = Deadline(after: interval, clock: clock)
    earliest = Deadline(after: .zero, clock: clock)
  }

  /// - Parameter isLast: the process ends: now or never.
  mutating func isDue(
    events: UInt64, revision: UInt64, sequences: [Int32: UInt64], isLast: Bool
  ) -> Bool {
    let isFar = sequences.contains { $0.value >= self.sequences[$0.key, default: 0] + batchLimit }
    let isUrgent = sequences.contains { $0.value >= self.sequences[$0.key, default: 0] + 2 * batchLimit }
    guard isLast || next.hasPassed || isUrgent || (isFar && earliest.hasPassed) else { return false }
    guard events != self.events || revision != self.revision else { return false }
    self.events = events
    self.revision = revision
    self.sequences = sequences
    return true
  }

  mutating func wasTaken(nanoseconds: UInt64) {
    let rest = Duration.nanoseconds(
      Int64(clamping: nanoseconds.multipliedReportingOverflow(by: Self.share).partialValue))
    next = Deadline(after: max(interval, rest), clock: clock)
    earliest = Deadline(after: rest, clock: clock)
  }
}
