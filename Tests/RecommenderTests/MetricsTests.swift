import Evaluation
import Foundation
import Testing

@Suite struct MetricsTests {
  /// NDCG by its definition over a whole list of relevances.
  private func naiveNDCG(_ relevances: [Double], relevant: Int, k: Int) -> Double {
    func gain(_ list: [Double]) -> Double {
      list.prefix(k).enumerated().reduce(0) { $0 + $1.element / Foundation.log2(Double($1.offset) + 2) }
    }
    let ideal = gain(Array(repeating: 1, count: relevant))
    return ideal == 0 ? 0 : gain(relevances) / ideal
  }

  @Test(arguments: 0..<40) func ndcgEqualsItsDefinition(seed: Int) {
    var random = SeededGenerator(seed: seed)
    let relevances = (0..<20).map { _ in Int.random(in: 0..<4, using: &random) == 0 ? 1.0 : 0.0 }
    let ranks = relevances.indices.filter { relevances[$0] == 1 }
    let relevant = ranks.count + Int.random(in: 0..<3, using: &random)
    for k in [1, 10, 20] {
      let naive = naiveNDCG(relevances, relevant: relevant, k: k)
      #expect(abs(RankingMetrics.ndcg(ranks: ranks, relevant: relevant, k: k) - naive) < 1e-12, "seed \(seed)")
    }
    #expect(RankingMetrics.hitRate(ranks: ranks, k: 10) == (relevances.prefix(10).contains(1) ? 1 : 0))
    let first = relevances.firstIndex(of: 1)
    #expect(RankingMetrics.reciprocalRank(ranks: ranks, k: 20) == (first.map { 1 / Double($0 + 1) } ?? 0))
  }

  @Test func aMissIsWorthNothing() {
    let row = EvaluationRow(event: 0, user: 0, item: 0, isWarm: true, ranks: [], relevant: 1)
    #expect(row.ndcg10 == 0 && row.hit10 == 0 && row.hit20 == 0 && row.mrr20 == 0)
  }

  @Test func theEleventhPlaceCountsForMRRAndNotForNDCG() {
    let row = EvaluationRow(event: 0, user: 0, item: 0, isWarm: true, ranks: [10], relevant: 1)
    #expect(row.ndcg10 == 0 && row.hit10 == 0 && row.hit20 == 1 && abs(row.mrr20 - 1.0 / 11) < 1e-12)
  }

  @Test func theIntervalHoldsTheMeanAndRepeats() throws {
    let users = (0..<300).map { $0 % 37 }
    let values = (0..<300).map { Double(($0 * 7_919) % 101) / 101 }
    let first = try #require(UserBootstrap(seed: 1).interval(users: users, values: values))
    let again = try #require(UserBootstrap(seed: 1).interval(users: users, values: values))
    let mean = values.reduce(0, +) / 300
    #expect(first == again)
    #expect(first.low < mean && mean < first.high)
    #expect(UserBootstrap(seed: 1).interval(users: [], values: []) == nil)
  }

  @Test func usersAreDrawnWhole() throws {
    // One user holds all the variance: the interval must be as wide as the chance of missing that user.
    let users = [0, 0, 0, 0, 1, 2, 3]
    let values = [1.0, 1, 1, 1, 0, 0, 0]
    let interval = try #require(UserBootstrap(seed: 3).interval(users: users, values: values))
    #expect(interval.low == 0 && interval.high > 0.85)
  }
}

/// A small seeded generator (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
