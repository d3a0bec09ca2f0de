import Lifecycle

/// When the linear model is fitted again: when a tenth more has been learned since the last fit. More often gains nothing
/// (learning.md, 'What did not help').
struct LinearClock {
  static let share = 0.1
  static let minimum: UInt64 = 2_000

  private(set) var fittedAt: UInt64 = 0

  func isDue(learned: UInt64) -> Bool {
    learned >= fittedAt + max(Self.minimum, UInt64(Double(fittedAt) * Self.share))
  }

  mutating func wasFitted(learned: UInt64) { fittedAt = learned }
}

/// When the ranker is trained: first as soon as there are enough groups, then whenever the number of groups seen has
/// doubled, so that a young system learns fast, and then by the clock.
struct RankerClock {
  /// A ranker of fewer groups is worse than the fusion of the sources.
  static let minimumGroups: UInt64 = 500

  /// The promotion gate needs some that the present ranker has not seen; fewer would train in vain.
  static let minimumNewGroups: UInt64 = 100

  private let interval: Duration
  private let clock: any FreshetClock
  private var trainedAt: UInt64 = 0
  private var next: Deadline

  init(interval: Duration, clock: any FreshetClock) {
    self.interval = interval
    self.clock = clock
    next = Deadline(after: .zero, clock: clock)
  }

  func isDue(received: UInt64) -> Bool {
    guard received >= Self.minimumGroups, received > trainedAt else { return false }
    return received >= 2 * trainedAt || (next.hasPassed && received >= trainedAt + Self.minimumNewGroups)
  }

  mutating func wasTrained(received: UInt64) {
    trainedAt = received
    next = Deadline(after: interval, clock: clock)
  }
}
