/// Means over one part of the cases, with the interval of NDCG@10.
public struct EvaluationSummary: Sendable, Equatable {
  public enum Part: String, Sendable, CaseIterable { case all, warm, cold }

  public let part: Part
  public let count: Int
  public let ndcg10: Double
  public let low: Double
  public let high: Double
  public let hit10: Double
  public let mrr20: Double
  public let recall20: Double

  /// Nil where the part has no case.
  public init?(_ part: Part, of rows: [EvaluationRow], seed: UInt64) {
    let chosen = rows.filter { part == .all || $0.isWarm == (part == .warm) }
    guard
      let interval = UserBootstrap(seed: seed).interval(users: chosen.map(\.user), values: chosen.map(\.ndcg10))
    else { return nil }
    func mean(_ value: (EvaluationRow) -> Double) -> Double {
      chosen.reduce(0) { $0 + value($1) } / Double(chosen.count)
    }
    self.part = part
    count = chosen.count
    (low, high) = interval
    ndcg10 = mean(\.ndcg10)
    hit10 = mean(\.hit10)
    mrr20 = mean(\.mrr20)
    recall20 = mean(\.recall20)
  }
}
