/// The half-lives at which popularity is kept, and the buckets of stage and session place (learning.md, points 1 to 4).
public enum Popularity {
  /// Half-lives of positive events, in events of the whole log.
  public static let eventHalfLives: [Float] = [100, 500, 2_000, 8_000, 30_000]
  /// Half-life of all events of an item, whatever their signal, in events of the whole log.
  public static let allEventsHalfLife: Float = 1_000
  /// Half-lives of positive events, in days.
  public static let dayHalfLives: [Float] = [1, 7, 60]
  /// Lower bounds of the buckets of the user's number of earlier events; half-life in events of that bucket.
  public static let stageBounds: [UInt32] = [1, 5, 10, 20, 40, 80, 160, 320]
  public static let stageHalfLife: Float = 1_500
  /// Lower bounds of the buckets of the place in the session.
  public static let sessionBounds: [UInt32] = [1, 3, 6, 11, 21, 51]
  public static let sessionHalfLife: Float = 2_000

  public static let stageCount = 9
  public static let sessionCount = 7

  public static func stageBucket(_ events: UInt32) -> Int { bucket(events, stageBounds) }
  public static func sessionBucket(_ place: UInt32) -> Int { bucket(place, sessionBounds) }

  private static func bucket(_ value: UInt32, _ bounds: [UInt32]) -> Int {
    var bucket = 0
    while bucket < bounds.count && value >= bounds[bucket] { bucket += 1 }
    return bucket
  }
}

/// A decayed count and the clock at which it was last brought up to date.
public struct DecayedCount: Sendable, BitwiseCopyable {
  public var value: Float = 0
  /// Events of its bucket until then; 32 bits wrap after 4 * 10^9 events of one bucket, the difference stays right.
  public var clock: UInt32 = 0

  /// The count at `now`, decayed by `halfLife` events.
  public func value(at now: UInt32, halfLife: Float) -> Float {
    value == 0 ? 0 : value * Decay.exp2(-Float(now &- clock) / halfLife)
  }

  mutating func add(_ weight: Float, at now: UInt32, halfLife: Float) {
    value = value(at: now, halfLife: halfLife) + weight
    clock = now
  }
}

/// Everything counted about one item: trivially copyable, so that readers copy it under its sequence lock.
///
/// Counters are integers: they commute, whatever the interleaving of shards. Decayed counts are brought forward when
/// they are touched, and read with `ItemGlobals` of the same moment.
public struct ItemRow: Sendable, BitwiseCopyable {
  public var count: UInt32 = 0
  public var positiveCount: UInt32 = 0
  /// Sums over all events, in grade steps of 1/32 and their squares.
  public var gradeSteps: UInt64 = 0
  public var gradeSquareSteps: UInt64 = 0
  public var firstMs: Int64 = 0
  public var lastMs: Int64 = 0
  /// Number of the item's latest event in the process's log.
  public var lastEvent: UInt64 = 0
  /// Sum of ln(1 + the user's earlier events) over its events, in steps of 2^-20.
  public var logPlaceSteps: UInt64 = 0
  /// Positive events at `Popularity.eventHalfLives`, and all events at `allEventsHalfLife`, both as of `lastEvent`.
  public var positiveByEvents: InlineArray<5, Float> = .init(repeating: 0)
  public var allByEvents: Float = 0
  /// Positive events at `Popularity.dayHalfLives`, as of `decayMs`.
  public var positiveByDays: InlineArray<3, Float> = .init(repeating: 0)
  public var decayMs: Int64 = 0
  public var stages: InlineArray<9, DecayedCount> = .init(repeating: DecayedCount())
  public var sessions: InlineArray<7, DecayedCount> = .init(repeating: DecayedCount())
  /// Where the item's neighbour list lies, how long it is, and the decay exponent's origin (see `NeighbourLists`).
  var list = NeighbourListReference()

  public init() {}

  public static let logPlaceScale: Float = 1_048_576

  /// Popularity at an event half-life, at the log's event number `now`.
  public func positives(byEvents halfLife: Int, at now: UInt64) -> Float {
    let value = positiveByEvents[halfLife]
    return value == 0 ? 0 : value * Decay.exp2(-Float(now &- lastEvent) / Popularity.eventHalfLives[halfLife])
  }

  public func allEvents(at now: UInt64) -> Float {
    allByEvents == 0 ? 0 : allByEvents * Decay.exp2(-Float(now &- lastEvent) / Popularity.allEventsHalfLife)
  }

  /// Popularity at a half-life in days, at `nowMs`. A time before the last update counts as the time of the update.
  public func positives(byDays halfLife: Int, at nowMs: Int64) -> Float {
    let value = positiveByDays[halfLife]
    let days = Float(max(0, nowMs &- decayMs)) / 86_400_000
    return value == 0 ? 0 : value * Decay.exp2(-days / Popularity.dayHalfLives[halfLife])
  }

  public var gradeSum: Float { Float(gradeSteps) / Grade.stepsPerUnit }
  public var gradeSquareSum: Float { Float(gradeSquareSteps) / (Grade.stepsPerUnit * Grade.stepsPerUnit) }

  /// Mean of ln(1 + earlier events of the user) over the item's events: whether it is met early or late.
  public var meanLogPlace: Float {
    count == 0 ? 0 : Float(Double(logPlaceSteps) / Double(Self.logPlaceScale)) / Float(count)
  }
}

/// What is counted about all items together.
public struct ItemGlobals: Sendable, BitwiseCopyable {
  /// Events learned.
  public var events: UInt64 = 0
  public var positives: UInt64 = 0
  public var gradeSteps: UInt64 = 0
  public var latestMs: Int64 = 0
  /// Events per stage and per place in the session: the clocks of the items' bucket counts.
  public var stageClock: InlineArray<9, UInt32> = .init(repeating: 0)
  public var sessionClock: InlineArray<7, UInt32> = .init(repeating: 0)
  /// Positive events per stage, decayed by `Popularity.stageHalfLife` events of that stage.
  public var stagePositives: InlineArray<9, Float> = .init(repeating: 0)

  public init() {}

  /// Mean grade of all events; 3.5 (the middle of a five-star scale's used part) before the first.
  public var meanGrade: Float {
    events == 0 ? 3.5 : Float(Double(gradeSteps) / Double(Grade.stepsPerUnit) / Double(events))
  }
}
