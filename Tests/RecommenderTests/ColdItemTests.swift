import Features
import Identity
import Recommender
import State
import Testing

/// New items in the pipeline: who gets them, and when one is tried on purpose.
@Suite struct ColdItemTests {
  /// Old items of two genres, which users 0 and 1 have liked a half of; then 40 new ones, `fresh` of the first genre.
  private struct World {
    let state = ItemState()
    var records = Array(repeating: UserRecord(), count: 31)
    let now: Int64 = 1_000_000_000_000
    static let old = 60
    static let new = 40

    init() {
      for item in 0..<Self.old + Self.new {
        state.describe(Self.id(item), ItemMetadata(title: "film \(item)", genres: [item % 2 == 0 ? "a" : "b"]))
      }
      state.publishCatalogue()
      // Thirty users make the old items warm; user u likes the genre of u's parity.
      for user in 0..<30 {
        for item in 0..<Self.old where user > 1 || item < 20 { like(user: user, item: item) }
      }
    }

    static func id(_ item: Int) -> EntityID { EntityID(Int64(item)) }

    mutating func like(user: Int, item: Int) {
      var entry = AppliedEntry.reusable()
      let event = Interaction(
        item: ItemKey(Self.id(item)), typeCode: 0, signal: item % 2 == user % 2 ? .positive : .negative,
        grade: Grade(item % 2 == user % 2 ? 5 : 1), timeMs: now - Int64(100_000 - item))
      if event.signal == .negative && user < 2 { return }
      _ = records[user].apply(event, userHash: UInt64(user), entry: &entry)
      state.learn(entry, id: Self.id(item))
    }

    func isNew(_ item: ItemIndex) -> Bool { Int(item) >= Self.old }

    /// Candidates that came in as cold.
    func cold(
      _ user: Int, _ bundle: Bundle, _ scratch: RecommendScratch, _ change: (inout RecommendRequest) -> Void = { _ in }
    ) -> [ItemIndex] {
      var request = RecommendRequest(nowMs: now)
      change(&request)
      _ = Recommender.recommend(records[user], request, bundle: bundle, state: state, scratch: scratch)
      return (0..<scratch.table.count).filter {
        scratch.table.sourceBits[$0] >> UInt32(CandidateOrigin.cold) & 1 == 1
      }.map { scratch.table.items[$0] }
    }
  }

  @Test func whoLikesAGenreGetsItsNewItems() {
    let world = World()
    let bundle = Bundle(content: ContentTable(world.state.catalogue))
    let scratch = RecommendScratch(bundle: bundle)
    for user in 0..<2 {
      let cold = world.cold(user, bundle, scratch)
      #expect(cold.count == 20)
      #expect(cold.allSatisfy { world.isNew($0) && Int($0) % 2 == user })
    }
    #expect(world.cold(30, bundle, scratch).isEmpty, "nothing is known of a user without events and without towers")
  }

  @Test func theBudgetHoldsAndNothingBarredComesIn() throws {
    var world = World()
    let budgets = try SourceBudgets(total: 500, single: ["cold": 7])
    let bundle = Bundle(content: ContentTable(world.state.catalogue), budgets: budgets)
    let scratch = RecommendScratch(bundle: bundle)
    #expect(world.cold(0, bundle, scratch).count == 7)
    let none = Bundle(
      content: ContentTable(world.state.catalogue), budgets: try SourceBudgets(total: 500, single: ["cold": 0]))
    #expect(world.cold(0, none, scratch).isEmpty)

    world.like(user: 0, item: 60)
    world.state.describe(World.id(62), ItemMetadata(genres: ["a"], isAvailable: false))
    world.state.publishCatalogue()
    let wide = Bundle(
      content: ContentTable(world.state.catalogue), budgets: try SourceBudgets(total: 500, single: ["cold": 500]))
    let cold = world.cold(0, wide, scratch) {
      $0.excluded = [ItemKey(World.id(64))]
      $0.isAllowed = { $0 != 66 }
    }
    #expect(Set(cold) == Set(stride(from: 68, to: 100, by: 2).map { ItemIndex($0) }))
  }

  @Test func anItemStopsBeingCold() {
    var world = World()
    let bundle = Bundle(content: ContentTable(world.state.catalogue))
    let scratch = RecommendScratch(bundle: bundle)
    #expect(world.cold(0, bundle, scratch).contains(98))
    for user in 2..<12 { world.like(user: user, item: 98) }
    #expect(!world.cold(0, bundle, scratch).contains(98))
  }

  @Test func aNameThatIsNoSourceIsRefused() {
    #expect(throws: UnknownSource.self) { try SourceBudgets(total: 500, single: ["exploration": 3]) }
  }

  @Test func explorationTakesItsShareOfListsWithAKnownChance() {
    let world = World()
    let bundle = Bundle(content: ContentTable(world.state.catalogue))
    let scratch = RecommendScratch(bundle: bundle)
    var explored = 0
    var drawn: [ItemIndex: Int] = [:]
    let hours = 2_000
    for hour in 0..<hours {
      var request = RecommendRequest(nowMs: world.now + Int64(hour) * Exploration.bucketMs, count: 10)
      let plain = Recommender.recommend(world.records[0], request, bundle: bundle, state: world.state, scratch: scratch)
      let ranked = (0..<plain.listCount).map { scratch.list[$0] }
      #expect(ranked.allSatisfy { $0.propensity == nil })
      request.exploration = Exploration(share: 0.25, userHash: 77)
      let outcome = Recommender.recommend(
        world.records[0], request, bundle: bundle, state: world.state, scratch: scratch)
      let list = (0..<outcome.listCount).map { scratch.list[$0] }
      #expect(list.dropLast().map(\.item) == ranked.dropLast().map(\.item), "the places before are the ranker's")
      guard let propensity = list[9].propensity else {
        #expect(list[9].item == ranked[9].item)
        continue
      }
      explored += 1
      drawn[list[9].item, default: 0] += 1
      #expect(world.isNew(list[9].item))
      #expect(Set(list.map(\.item)).count == 10)
      #expect(list[9].sources >> UInt32(CandidateOrigin.exploration) & 1 == 1)
      let pool = world.cold(0, bundle, scratch) { $0.nowMs = request.nowMs }.count {
        !list.dropLast().map(\.item).contains($0)
      }
      #expect(propensity == Float(0.25 / Double(pool)))
    }
    // Five standard deviations of a share of 0.25 in 2,000.
    #expect(abs(Double(explored) / Double(hours) - 0.25) < 0.05)
    #expect(drawn.count > 10, "every item of the pool is drawn now and then")
  }
}
