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

  /// - Parameters:
  ///   - validation: newer groups that stop LambdaMART early; nil trains all rounds.
  ///   - progress: called with the share done, 0...1; false cancels.
  /// - Throws: `RankingError`.
  /// - Complexity: on one core some 0.4 us a row, feature-share column and round for the forest, and as many
  ///   multiply-adds as epochs * rows * columns * hidden * 3 for the network.
  public func train(
    _ groups: RankingGroups, validation: RankingGroups? = nil, registry: FeatureRegistry,
    progress: (Double) -> Bool = { _ in true }
  ) throws(RankingError) -> TrainedRanker {
    let forestShare = kind == .combined ? 0.7 : 1.0
    let forest = try LambdaMARTTrainer(parameters: lambdaMART).train(
      groups, validation: validation, featureNames: registry.names, schemaHash: registry.hash
    ) { progress(forestShare * Double($0.round) / Double($0.rounds)) }
    guard kind == .combined else { return TrainedRanker(lambdaMART: forest, network: nil) }
    // The network knows nothing of places: it learns from what was not shown, where there is any.
    let unshown = groups.unshown
    guard unshown.groupCount > 0 else { return TrainedRanker(lambdaMART: forest, network: nil) }
    let epochs = Double(max(1, network.epochs))
    let network = try MLPTrainer(parameters: network).train(unshown, schemaHash: registry.hash) { epoch, _ in
      progress(forestShare + (1 - forestShare) * Double(epoch) / epochs)
    }
    return TrainedRanker(lambdaMART: forest, network: network)
  }
}
