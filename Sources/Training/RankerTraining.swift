import Features
import Ranking
import Recommender

/// One retraining of the ranker: the older part of the window trains, the newest decides whether the result may take
/// over, and then all of it trains what is published.
public struct RankerTraining: Sendable {
  /// Share of the window, the newest, that neither the challenger nor the early stopping's winner has been trained on.
  static let validationShare = 0.15

  public let registry: FeatureRegistry
  public let recipe: RankerRecipe
  public var gate = PromotionGate()

  public init(registry: FeatureRegistry, recipe: RankerRecipe) {
    self.registry = registry
    self.recipe = recipe
  }

  /// The ranker in use, to compare with.
  public struct Champion {
    public let ranker: any CandidateRanker
    /// Event time of the newest group that it was trained on: only what came later is unseen to both. Nil: not known.
    public let trainedUntilMs: Int64?

    public init(_ ranker: any CandidateRanker, trainedUntilMs: Int64?) {
      self.ranker = ranker
      self.trainedUntilMs = trainedUntilMs
    }
  }

  /// What became of it.
  public struct Outcome: Sendable {
    /// Trained on the whole window; nil where the gate turned the challenger away.
    public let trained: TrainedRanker?
    public let decision: PromotionDecision
    /// Event time of the window's newest group.
    public let trainedUntilMs: Int64
  }

  /// - Parameters:
  ///   - champion: compared with on those of the newest groups that it has not been trained on; nil without one.
  ///   - progress: share done, 0...1; false cancels.
  /// - Throws: `RankingError`.
  public func run(
    _ window: GroupWindow, champion: Champion?, progress: (Double) -> Bool
  ) throws(RankingError) -> Outcome {
    let (challenger, decision) = try challenge(window, champion, progress)
    let untilMs = window.newestMs
    guard decision.isPromoted else { return Outcome(trained: nil, decision: decision, trainedUntilMs: untilMs) }
    var whole = recipe
    whole.lambdaMART.rounds = max(1, challenger.lambdaMART.trees)
    if challenger.network == nil { whole.kind = .lambdaMART }
    let final = try whole.train(window.trainingSet(registry: registry), registry: registry) {
      progress(0.5 + 0.5 * $0)
    }
    let measured = TrainedRanker(
      lambdaMART: final.lambdaMART.measured(by: challenger.lambdaMART), network: final.network)
    return Outcome(trained: measured, decision: decision, trainedUntilMs: untilMs)
  }

  /// The sets of this step are freed before the next makes its own.
  private func challenge(
    _ window: GroupWindow, _ champion: Champion?, _ progress: (Double) -> Bool
  ) throws(RankingError) -> (TrainedRanker, PromotionDecision) {
    let (older, newest) = try window.trainingSets(registry: registry, newest: Self.validationShare)
    let trained = try recipe.train(older, validation: newest, registry: registry) { progress(0.5 * $0) }
    let (challenger, measured) = try withoutUselessNetwork(trained, newest)
    guard let champion else { return (challenger, gate.decide(challenger: measured, champion: nil)) }
    let unseen = window.unseenCount(since: champion.trainedUntilMs, atMost: newest.groupCount)
    let decision = gate.decide(
      challenger: Array(measured.suffix(unseen)), champion: Array(ndcg(champion.ranker, newest).suffix(unseen)))
    return (challenger, decision)
  }

  /// The network needs more groups than the forest: where the two together are no better on the newest groups than the
  /// forest alone, the forest goes alone.
  private func withoutUselessNetwork(
    _ trained: TrainedRanker, _ newest: RankingGroups
  ) throws(RankingError) -> (TrainedRanker, [Double]) {
    let alone = TrainedRanker(lambdaMART: trained.lambdaMART, network: nil)
    let aloneNDCG = ndcg(try alone.ranker(), newest)
    guard trained.network != nil else { return (alone, aloneNDCG) }
    let together = ndcg(try trained.ranker(), newest)
    return together.reduce(0, +) >= aloneNDCG.reduce(0, +) ? (trained, together) : (alone, aloneNDCG)
  }

  private func ndcg(_ ranker: any CandidateRanker, _ groups: RankingGroups) -> [Double] {
    let scratch = RankerScratch(columns: registry.count)
    var scores = [Double](repeating: 0, count: groups.rowCount)
    var start = 0
    for size in groups.sizes {
      let rows = Int(size)
      groups.matrix.withUnsafeBufferPointer { matrix in
        scores.withUnsafeMutableBufferPointer { scores in
          guard let matrix = matrix.baseAddress, let scores = scores.baseAddress else { return }
          ranker.score(matrix + start * registry.count, rows: rows, scratch: scratch, into: scores + start)
        }
      }
      start += rows
    }
    return groups.ndcg(scores)
  }
}

extension RankerModel {
  /// The model of all groups, with what was measured on the newest before they were added.
  func measured(by challenger: RankerModel) -> RankerModel {
    RankerModel(
      text: text, featureNames: featureNames, schemaHash: schemaHash, gains: gains, trees: trees,
      validationNDCG: challenger.validationNDCG, trainGroups: trainGroups,
      validationGroups: challenger.validationGroups)
  }
}
