/// One scored case: an event (prequential) or a user (static).
public struct EvaluationRow: Sendable, Equatable {
  /// Index of the event in the order of time; the user's position in the data set for the static protocol.
  public var event: Int
  /// Position in the data set's users, for the bootstrap.
  public var user: Int
  /// Position in the data set's items; -1 for the static protocol.
  public var item: Int
  /// At least `EvaluationProtocol.warmHistory` earlier ratings.
  public var isWarm: Bool
  public var ndcg10: Double
  public var hit20: Double
  public var mrr20: Double
  public var hit10: Double
  public var recall20: Double

  /// - Parameter ranks: of the relevant items, from 0, as far as they are in the list.
  public init(event: Int, user: Int, item: Int, isWarm: Bool, ranks: [Int], relevant: Int) {
    self.event = event
    self.user = user
    self.item = item
    self.isWarm = isWarm
    ndcg10 = RankingMetrics.ndcg(ranks: ranks, relevant: relevant, k: 10)
    hit20 = RankingMetrics.hitRate(ranks: ranks, k: 20)
    mrr20 = RankingMetrics.reciprocalRank(ranks: ranks, k: 20)
    hit10 = RankingMetrics.hitRate(ranks: ranks, k: 10)
    recall20 = RankingMetrics.recall(ranks: ranks, relevant: relevant, k: 20)
  }
}

/// The fixed numbers of the evaluation protocol (docs: evaluation.md).
public enum EvaluationProtocol: String, Sendable, CaseIterable {
  /// Test, then train, event by event: the main measure.
  case prequential
  /// One list a user at the end of the history.
  case `static`
  /// The drifting world of the simulator, against its oracle.
  case drift

  /// Ratings that a user must have made before to count as warm.
  public static let warmHistory = 5
  /// Length of the list that is asked for.
  public static let listLength = 20
  /// Stars from which a rating is positive.
  public static let positiveStars: Float = 4
}
