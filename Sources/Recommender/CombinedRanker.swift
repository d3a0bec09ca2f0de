import Features
import Ranking

/// Two rankers of different kinds, their scores brought to one scale within the list and added: the forest sees
/// thresholds and interactions, the network sums of many weak signals, and their mistakes differ.
public final class CombinedRanker: CandidateRanker {
  public let forest: ForestRanker
  public let network: MLPRanker

  public init(_ forest: ForestRanker, _ network: MLPRanker) {
    precondition(
      forest.forest.columns == network.model.columns,
      "a forest of \(forest.forest.columns) features and a network of \(network.model.columns)")
    self.forest = forest
    self.network = network
  }

  /// z(forest) + z(network).
  public func score(
    _ matrix: UnsafePointer<Float>, rows: Int, scratch: borrowing RankerScratch,
    into scores: UnsafeMutablePointer<Double>
  ) {
    precondition(rows <= RecommendRequest.maximumCandidates, "\(rows) candidates")
    network.score(
      matrix, count: rows, stride: network.model.columns, scratch: scratch.network, into: scratch.second)
    forest.score(matrix, rows: rows, scratch: scratch, into: scores)
    Self.standardise(scratch.second, rows)
    Self.standardise(scores, rows)
    for row in 0..<rows { scores[row] += scratch.second[row] }
  }

  /// Mean 0 and variance 1; a list of equal scores becomes 0.
  static func standardise(_ scores: UnsafeMutablePointer<Double>, _ count: Int) {
    guard count > 0 else { return }
    var sum = 0.0
    for row in 0..<count { sum += scores[row] }
    let mean = sum / Double(count)
    var squares = 0.0
    for row in 0..<count { squares += (scores[row] - mean) * (scores[row] - mean) }
    let scale = 1 / (squares / Double(count) + 1e-9).squareRoot()
    for row in 0..<count { scores[row] = (scores[row] - mean) * scale }
  }
}
