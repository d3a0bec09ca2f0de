import Ranking

/// What one training makes: models that can be written, and the ranker that they are.
public struct TrainedRanker: Sendable {
  public let lambdaMART: RankerModel
  /// Nil where LambdaMART ranks alone.
  public let network: MLPModel?

  public init(lambdaMART: RankerModel, network: MLPModel?) {
    self.lambdaMART = lambdaMART
    self.network = network
  }

  /// The pipeline's ranker made of the models.
  /// - Throws: `RankingError` for a forest that the scorer does not handle.
  public func ranker() throws(RankingError) -> any CandidateRanker {
    let forest = try ForestRanker(lambdaMART)
    return network.map { CombinedRanker(forest, MLPRanker($0)) } ?? forest
  }
}
