/// Why an index should be built anew.
public enum IndexRebuildReason: String, Sendable, CaseIterable {
  case schedule
  case churn
  case recall
}

/// What is known of an index when somebody asks.
public struct IndexHealth: Sendable, Equatable {
  /// Time since its lists were trained.
  public var age: Duration
  /// Changes since then, as a share of its vectors.
  public var churn: Double
  /// Recall at 100 against exact search; nil where it was not measured.
  public var recall: Double?

  public init(age: Duration, churn: Double, recall: Double? = nil) {
    self.age = age
    self.churn = churn
    self.recall = recall
  }
}

/// When to rebuild: a value that judges, and does nothing.
public struct IndexRebuildPolicy: Sendable, Equatable {
  /// `index.rebuild-interval`, `index.rebuild-churn`, `index.recall`.
  public var interval: Duration
  public var churn: Double
  public var recall: Double

  public init(interval: Duration = .seconds(3_600), churn: Double = 0.3, recall: Double = 0.99) {
    self.interval = interval
    self.churn = churn
    self.recall = recall
  }

  /// Empty where the index may stay. An index that never changed stays, however old: it would come out the same.
  public func reasons(_ health: IndexHealth) -> [IndexRebuildReason] {
    var reasons: [IndexRebuildReason] = []
    if health.age >= interval && health.churn > 0 { reasons.append(.schedule) }
    if health.churn >= churn { reasons.append(.churn) }
    if let measured = health.recall, measured < recall { reasons.append(.recall) }
    return reasons
  }
}
