/// When the towers train, by the number of events learned: go on from the present model after every few thousand, and
/// start anew when a quarter has come since they last did. A value that judges, and trains nothing.
///
/// Going on follows new items and moving tastes (.133 against .129 on events 80-90% of MovieLens-100K); a model that goes on
/// for ever learns its window by heart (.128).
public struct TowerClock: Sendable, Equatable {
  public enum Training: Sendable, Equatable {
    case anew
    case goOn
  }

  /// Fewer events teach less than popularity says.
  public static let firstEvents = 2_000
  /// Events between two trainings: this many, or this share of those learned.
  public static let stepEvents = 2_000
  public static let stepShare = 0.02
  /// Growth since the last new start that asks for another.
  public static let anewShare = 0.25

  private var trainedAt = 0
  private var anewAt = 0

  public init() {}

  /// What is due at `learned` events in all; nil: nothing.
  public func due(learned: Int) -> Training? {
    if anewAt == 0 { return learned >= Self.firstEvents ? .anew : nil }
    let step = max(Self.stepEvents, Int(Double(trainedAt) * Self.stepShare))
    guard learned >= trainedAt + step else { return nil }
    return Double(learned) >= Double(anewAt) * (1 + Self.anewShare) ? .anew : .goOn
  }

  public mutating func wasTrained(_ training: Training, learned: Int) {
    trainedAt = learned
    if training == .anew { anewAt = learned }
  }
}
