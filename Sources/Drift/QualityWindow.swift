/// Sums of a live measure (NDCG@10, hits) over ranked events. A value; windows are merged.
public struct QualityWindow: Sendable, Equatable {
  public private(set) var events = 0
  private var sum = 0.0
  private var squares = 0.0

  public init() {}

  /// - Parameter value: of one event, finite.
  public mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    events += 1
    sum += value
    squares += value * value
  }

  public mutating func merge(_ other: QualityWindow) {
    events += other.events
    sum += other.sum
    squares += other.squares
  }

  /// Counts everything half.
  mutating func halve() {
    events /= 2
    sum /= 2
    squares /= 2
  }

  public var mean: Double { events == 0 ? 0 : sum / Double(events) }
  /// Squared standard error of the mean; infinite below two events.
  var meanVariance: Double {
    guard events > 1 else { return .infinity }
    return max(0, squares / Double(events) - mean * mean) / Double(events - 1)
  }
}
