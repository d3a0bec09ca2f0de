import Features
import Ranking
import Recommender

/// Which rankers stand behind a list.
public enum RankerKind: String, Sendable, CaseIterable {
  case lambdaMART = "lambdamart"
  /// LambdaMART and the small network, their scores standardised within the list and added.
  case combined
}

/// How the pipeline's ranker is made from groups: one recipe for the background training and for evaluation.
public struct RankerRecipe: Sendable, Equatable {
  public var kind = RankerKind.combined
  public var lambdaMART = LambdaMARTParameters.pipeline
  public var network = MLPParameters()

  public init() {}

  /// Sets the start of every random sequence in it.
  public mutating func seed(_ seed: UInt64) {
    lambdaMART.seed = seed
    network.seed = seed
  }

  /// - Throws: `RankingError`.
  /// - Complexity: on one core some 0.4 us a row, feature-share column and round for the forest, and as many
  ///   multiply-adds as epochs * rows * columns * hidden * 3 for the network.
  public func train(_ groups: RankingGroups, registry: FeatureRegistry) throws(RankingError) -> TrainedRanker {
    let forest = try LambdaMARTTrainer(parameters: lambdaMART).train(
      groups, featureNames: registry.names, schemaHash: registry.hash)
    let network =
      kind == .combined ? try MLPTrainer(parameters: network).train(groups, schemaHash: registry.hash) : nil
    return TrainedRanker(lambdaMART: forest, network: network)
  }
}
