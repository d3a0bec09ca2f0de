import Features
import Identity
import Recommender
import State
import Testing

@Suite struct PipelineTests {
  private func id(_ item: Int) -> EntityID { EntityID(Int64(item)) }

  private func state(items: Int, seed: Int) -> (ItemState, [UserRecord], Int64) {
    let state = ItemState()
    for item in 0..<items { state.describe(id(item), ItemMetadata(title: "film \(item)", genres: ["g\(item % 4)"])) }
    state.publishCatalogue()
    var random = SeededGenerator(seed: seed)
    var records = Array(repeating: UserRecord(), count: 30)
    var entry = AppliedEntry.reusable()
    var now: Int64 = 1_000_000_000_000
    for _ in 0..<1_200 {
      now += Int64.random(in: 0...20_000, using: &random)
      let user = Int.random(in: 0..<29, using: &random)
      let item = id(Int.random(in: 0..<items, using: &random))
      let event = Interaction(
        item: ItemKey(item), typeCode: 0, signal: Bool.random(using: &random) ? .positive : .negative, grade: Grade(3),
        timeMs: now)
      _ = records[user].apply(event, userHash: UInt64(user), entry: &entry)
      state.learn(entry, id: item)
    }
    return (state, records, now)
  }

  private func list(_ scratch: RecommendScratch, _ outcome: RecommendOutcome) -> [RankedItem] {
    (0..<outcome.listCount).map { scratch.list[$0] }
  }

  @Test func theListIsSortedDistinctAndUnseen() {
    let (state, records, now) = state(items: 90, seed: 1)
    let bundle = Bundle(content: ContentTable(state.catalogue))
    let scratch = RecommendScratch(bundle: bundle)
    for record in records {
      let outcome = Recommender.recommend(
        record, RecommendRequest(nowMs: now), bundle: bundle, state: state, scratch: scratch)
      let list = list(scratch, outcome)
      #expect(Set(list.map(\.item)).count == list.count)
      #expect(zip(list, list.dropFirst()).allSatisfy { $0.score >= $1.score })
      let seen = Set(record.history.compactMap { state.index(of: $0.item) })
      #expect(list.allSatisfy { !seen.contains($0.item) })
      #expect(list.allSatisfy { $0.sources != 0 })
      #expect(outcome.degradation == .noRanker)
    }
  }

  @Test func filtersHold() {
    let (state, records, now) = state(items: 90, seed: 2)
    state.remove(ItemKey(id(3)))
    state.publishCatalogue()
    let bundle = Bundle(content: ContentTable(state.catalogue))
    let scratch = RecommendScratch(bundle: bundle)
    var request = RecommendRequest(nowMs: now, count: 90)
    request.excluded = [ItemKey(id(5))]
    request.isAllowed = { $0 % 2 == 1 }
    let outcome = Recommender.recommend(records[29], request, bundle: bundle, state: state, scratch: scratch)
    let items = list(scratch, outcome).map(\.item)
    #expect(!items.isEmpty)
    #expect(items.allSatisfy { $0 % 2 == 1 && $0 != 3 && $0 != 5 })
  }

  @Test func aNewUserGetsPopularityAndAnEmptyStateNothing() {
    let (state, records, now) = state(items: 90, seed: 3)
    let ranker = FirstFeatureRanker(width: FeatureRegistry.standard.count)
    let bundle = Bundle(content: ContentTable(state.catalogue), ranker: ranker)
    let scratch = RecommendScratch(bundle: bundle)
    let request = RecommendRequest(nowMs: now)
    let new = Recommender.recommend(records[29], request, bundle: bundle, state: state, scratch: scratch)
    #expect(new.degradation == .newUser && new.listCount == 20)
    let empty = Recommender.recommend(records[29], request, bundle: bundle, state: ItemState(), scratch: scratch)
    #expect(empty.degradation == .empty && empty.listCount == 0)
    let known = Recommender.recommend(records[0], request, bundle: bundle, state: state, scratch: scratch)
    #expect(known.degradation == nil)
  }

  @Test func seenItemsComeBackWhenAskedFor() {
    let (state, records, now) = state(items: 40, seed: 4)
    let bundle = Bundle(content: ContentTable(state.catalogue))
    let scratch = RecommendScratch(bundle: bundle)
    var request = RecommendRequest(nowMs: now, count: 40)
    request.includesSeen = true
    let outcome = Recommender.recommend(records[0], request, bundle: bundle, state: state, scratch: scratch)
    let seen = Set(records[0].history.compactMap { state.index(of: $0.item) })
    #expect(list(scratch, outcome).contains { seen.contains($0.item) })
  }

  /// Scores by the matrix's first column.
  private struct FirstFeatureRanker: CandidateRanker {
    let width: Int
    func score(
      _ matrix: UnsafePointer<Float>, rows: Int, scratch: borrowing RankerScratch,
      into scores: UnsafeMutablePointer<Double>
    ) {
      for row in 0..<rows { scores[row] = Double(matrix[row * width]) }
    }
  }
}
