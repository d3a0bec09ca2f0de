import Ranking

/// A trained forest as the pipeline's ranker.
///
/// The forest wants working memory of the caller's own, which lies in the thread's `RecommendScratch`.
public final class ForestRanker: CandidateRanker {
  public let forest: Forest

  public init(_ forest: Forest) { self.forest = forest }

  /// Compiles a trained model.
  /// - Throws: `RankingError` for a model that the scorer does not handle.
  public convenience init(_ model: RankerModel) throws(RankingError) {
    self.init(try Forest(text: model.text, columns: model.featureNames.count))
  }

  public func score(
    _ matrix: UnsafePointer<Float>, rows: Int, scratch: borrowing RankerScratch,
    into scores: UnsafeMutablePointer<Double>
  ) {
    forest.score(matrix, count: rows, stride: forest.columns, scratch: scratch.forest, into: scores)
  }
}

/// Working memory that a ranker borrows from the thread that calls it.
public struct RankerScratch: ~Copyable {
  let forest: Forest.Scratch
  let network: MLPRanker.Scratch
  /// Scores of the second of two rankers.
  let second: UnsafeMutablePointer<Double>

  public init(columns: Int) {
    forest = Forest.Scratch(columns: columns)
    network = MLPRanker.Scratch(columns: columns)
    second = .allocate(capacity: RecommendRequest.maximumCandidates)
  }

  deinit { second.deallocate() }
}
