import Features
import Recommender
import State

/// How each stage alone ranks the targets, and which sources hold them.
///
/// A source's list is what it brought in; its rank counts among all candidates, of which its own best are a part.
struct StageFigures {
  private(set) var cases = 0
  private var candidates = 0
  private var covered = 0.0
  private var coveredBy = [Double](repeating: 0, count: ScoreColumn.sourceCount)
  private var ndcg = [Double](repeating: 0, count: ScoreColumn.sourceCount)
  private var fusionNDCG = 0.0

  /// One case: the candidates in `table`, of which `targets` are wanted.
  mutating func record(_ table: CandidateTable, targets: Set<ItemIndex>) {
    cases += 1
    candidates += table.count
    let found = (0..<table.count).filter { targets.contains(table.items[$0]) }
    guard !found.isEmpty else { return }
    let relevant = targets.count
    covered += Double(found.count) / Double(relevant)
    for source in ScoreColumn.sources {
      let bit = UInt32(1) << UInt32(source.rawValue)
      coveredBy[source.rawValue] += Double(found.count { table.sourceBits[$0] & bit != 0 }) / Double(relevant)
      let ranks = found.filter { table.scores(source)[$0] > 0 }.map { Int(table.ranks(source)[$0]) }
      ndcg[source.rawValue] += RankingMetrics.ndcg(ranks: ranks, relevant: relevant, k: 10)
    }
    let ranks = found.map { own in
      let score = table.rankFusion(own)
      return (0..<table.count).count { table.rankFusion($0) > score }
    }
    fusionNDCG += RankingMetrics.ndcg(ranks: ranks, relevant: relevant, k: 10)
  }

  private func share(_ number: Double) -> Double { number / Double(max(1, cases)) }
  var recall: Double { share(covered) }
  var meanCandidates: Double { share(Double(candidates)) }
  var fusion: Double { share(fusionNDCG) }
  func recall(_ source: ScoreColumn) -> Double { share(coveredBy[source.rawValue]) }
  func ndcg(_ source: ScoreColumn) -> Double { share(ndcg[source.rawValue]) }
}
