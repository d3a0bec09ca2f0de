import Identity

/// What an event says about the user's taste.
public enum Signal: UInt8, Sendable {
  case negative = 0
  case neutral = 1
  case positive = 2
}

/// How much a user liked an item, on the scale of star ratings, in steps of 1/32.
///
/// A rating carries it; other event types map to it by configuration. It is quantised where it enters, so that sums are
/// integers: they commute, and a record read back from its bytes equals the one in memory.
public struct Grade: Sendable, Equatable {
  public static let stepsPerUnit: Float = 32
  /// 0...255 steps of 1/32: 0 to 7.97.
  public let steps: UInt8

  public init(steps: UInt8) { self.steps = steps }

  /// Clamps; NaN becomes 0.
  public init(_ value: Float) {
    let scaled = (value * Self.stepsPerUnit).rounded()
    steps = scaled >= 255 ? 255 : (scaled > 0 ? UInt8(scaled) : 0)
  }

  public var value: Float { Float(steps) / Self.stepsPerUnit }
}

/// One interaction of a user with an item, resolved to what the folds need: no text, no clock but the event's.
public struct Interaction: Sendable {
  /// Code of ratings, wherever they are configured: codes stand in stored histories.
  public static let ratingCode: UInt8 = 0

  public var item: ItemKey
  /// Index of the event's type in the configured table, 0...63.
  public var typeCode: UInt8
  public var signal: Signal
  public var grade: Grade
  /// Milliseconds since 1970, from the event (or from the broker where the event has none).
  public var timeMs: Int64
  /// XXH3 of `event_id`, or 0 where the event has none: then it cannot be recognised as a duplicate.
  public var eventHash: UInt64

  public init(
    item: ItemKey, typeCode: UInt8, signal: Signal, grade: Grade, timeMs: Int64, eventHash: UInt64 = 0
  ) {
    self.item = item
    self.typeCode = typeCode
    self.signal = signal
    self.grade = grade
    self.timeMs = timeMs
    self.eventHash = eventHash
  }
}
