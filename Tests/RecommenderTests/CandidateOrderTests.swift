import State
import Testing

@testable import Recommender

@Suite struct CandidateOrderTests {
  /// Scores that often tie, in tables of every size up to two full levels of the heap and some larger ones.
  @Test(arguments: [1, 2]) func theBestEqualThoseOfANaiveSort(seed: Int) {
    var random = SeededGenerator(seed: seed)
    let order = CandidateOrder(capacity: 500)
    for count in Array(0...33) + [127, 128, 499, 500] {
      let scores = (0..<count).map { _ in Double(Int.random(in: -9...9, using: &random)) }
      let items = (0..<count).map { ItemIndex($0) }.shuffled(using: &random)
      let naive = (0..<count).sorted { scores[$0] == scores[$1] ? items[$0] < items[$1] : scores[$0] > scores[$1] }
      for wanted in Set([0, min(1, count), count / 2, count]) {
        order.arrange(scores, items, count: count, wanted: wanted)
        let best = (0..<wanted).map { Int(order.places[$0]) }
        #expect(best == Array(naive.prefix(wanted)), "seed \(seed), \(wanted) of \(count)")
      }
    }
  }
}
