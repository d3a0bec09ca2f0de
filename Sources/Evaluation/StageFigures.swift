import Features
import Recommender

/// How each stage alone ranks the targets, and which sources hold them.
///
/// A source's list is what it brought in; its rank counts among all candidates, of which its own best are a part.
struct StageFigures {
  private(set) var cases = 0
  private(set) var covered = 0
  private var candidates = 0
  private var coveredBy = [Int](repeating: 0, count: ScoreColumn.sourceCount)
  private var ndcg = [Double](repeating: 0, count: ScoreColumn.sourceCount)
  private var fusionNDCG = 0.0

  mutating func record(_ table: CandidateTable, target: Int?) {
    cases += 1
    candidates += table.count
    guard let target else { return }
    covered += 1
    for source in ScoreColumn.sources {
      if table.sourceBits[target] >> UInt32(source.rawValue) & 1 == 1 { coveredBy[source.rawValue] += 1 }
      guard table.scores(source)[target] > 0 else { continue }
      ndcg[source.rawValue] += RankingMetrics.ndcg(ranks: [Int(table.ranks(source)[target])], relevant: 1, k: 10)
    }
    let own = table.rankFusion(target)
    var rank = 0
    for place in 0..<table.count where table.rankFusion(place) > own { rank += 1 }
    fusionNDCG += RankingMetrics.ndcg(ranks: [rank], relevant: 1, k: 10)
  }

  private func share(_ number: Double) -> Double { number / Double(max(1, cases)) }
  var recall: Double { share(Double(covered)) }
  var meanCandidates: Double { share(Double(candidates)) }
  var fusion: Double { share(fusionNDCG) }
  func recall(_ source: ScoreColumn) -> Double { share(Double(coveredBy[source.rawValue])) }
  func ndcg(_ source: ScoreColumn) -> Double { share(ndcg[source.rawValue]) }
}
