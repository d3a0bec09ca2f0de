import Lifecycle

/// Keeps what scoring takes from ingestion below a share of the time: under load fewer events are scored, never fewer
/// applied. A value; one thread.
struct ScoringBudget {
  /// Of the time that passes, at most this goes to scoring: what ingestion loses of its rate.
  static let share = 0.1
  /// Time saved up in quiet hours at most: what a burst of events may spend at once, for a first ranker's groups.
  static let burst = Duration.seconds(5)

  private let clock: any FreshetClock
  private var saved = Double(burst.wholeNanoseconds)
  private var lookedAt: UInt64

  init(clock: any FreshetClock = SystemClock()) {
    self.clock = clock
    lookedAt = clock.monotonicNanoseconds
  }

  /// Whether one more event may be scored now.
  /// - Parameter reserve: time that must be left over: what matters less asks with one.
  mutating func admits(leaving reserve: Duration = .zero) -> Bool {
    let now = clock.monotonicNanoseconds
    saved = min(Double(Self.burst.wholeNanoseconds), saved + Double(now - lookedAt) * Self.share)
    lookedAt = now
    return saved > Double(reserve.wholeNanoseconds)
  }

  /// Scoring began at `start` and has ended now.
  mutating func spent(since start: UInt64) { saved -= Double(clock.monotonicNanoseconds - start) }

  var now: UInt64 { clock.monotonicNanoseconds }
}
