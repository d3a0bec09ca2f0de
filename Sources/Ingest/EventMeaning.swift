import Events
import Identity
import State

/// What an event of each type says of the user's taste: the bridge from configured weights to the folds' signal and grade.
///
/// A rating's grade is its value, and it is positive from the configured threshold on, negative below. Any other type's
/// weight w in -1...1 gives the grade 3 + 2w on the scale of stars, and is positive from 0.5 on, negative below 0.
/// Immutable; any thread.
public struct EventMeaning: Sendable {
  /// From this weight on an event counts as a like.
  static let positiveWeight = 0.5
  /// The middle of five stars, and how far a weight of 1 lies from it.
  static let middleGrade: Float = 3
  static let gradeReach: Float = 2

  private let signals: [Signal]
  private let grades: [Grade]
  private let ratingCode: UInt8?
  private let positiveRating: Double

  public init(_ rules: EventRules) {
    signals = rules.types.weights.map { weight in
      weight >= Self.positiveWeight ? .positive : (weight < 0 ? .negative : .neutral)
    }
    grades = rules.types.weights.map { Grade(Self.middleGrade + Self.gradeReach * Float($0)) }
    ratingCode = rules.types.ratingCode
    positiveRating = rules.positiveRating
  }

  /// - Precondition: `event` is an interaction, decoded by the same rules.
  @inline(__always) func interaction(_ event: DecodedEvent, eventHash: UInt64) -> Interaction {
    let code = Int(event.typeCode)
    var signal = signals[code]
    var grade = grades[code]
    if event.typeCode == ratingCode, let value = event.value {
      signal = value >= positiveRating ? .positive : .negative
      grade = Grade(Float(value))
    }
    return Interaction(
      item: ItemKey(rawValue: event.item.hash64), typeCode: event.typeCode, signal: signal, grade: grade,
      timeMs: event.timeMs, eventHash: eventHash)
  }
}
