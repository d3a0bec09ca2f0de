import Features
import Identity
import Retrieval
import State
import Testing
import Towers

@testable import Recommender

/// A world in which the profile decides the taste, through the whole pipeline: a new user who says who he is gets a
/// better list than one who does not.
@Suite struct ProfileTests {
  private static let items = 120
  private static let tastes = ["de", "fr", "it", "pl"]

  private struct World {
    let state = ItemState()
    var window = TowerWindow()
    private(set) var now: Int64 = 1_000_000_000_000

    /// Each user likes the items of one taste, which the profile names, and meets all.
    init(seed: Int) {
      for item in 0..<items { state.describe(Self.id(item), ItemMetadata(title: "film \(item)")) }
      state.publishCatalogue()
      var random = SeededGenerator(seed: seed)
      var entry = AppliedEntry.reusable()
      for user in 0..<160 {
        var record = UserRecord()
        record.setAttribute("country", .text(tastes[user % tastes.count]))
        record.setAttribute("age", .number(Double(Int.random(in: 18..<70, using: &random))))
        for _ in 0..<20 {
          now += 10_000
          let item = Int.random(in: 0..<items, using: &random)
          let isLiked = item % tastes.count == user % tastes.count
          let event = Interaction(
            item: ItemKey(Self.id(item)), typeCode: 0, signal: isLiked ? .positive : .negative,
            grade: Grade(isLiked ? 5 : 1), timeMs: now)
          guard record.apply(event, userHash: UInt64(user), entry: &entry) == .applied else { continue }
          state.learn(entry, id: Self.id(item))
          window.append(TowerWindow.Event(entry))
        }
      }
    }

    static func id(_ item: Int) -> EntityID { EntityID(Int64(item)) }

    func bundle() throws -> Bundle {
      var settings = TowerSettings()
      settings.dimension = 16
      settings.learningRate = 0.01
      let catalogue = state.catalogue
      let model = try #require(
        try TowerTrainer(settings: settings).train(window, items: TowerItems(catalogue), version: 1))
      let towers = BoundTowers(model, catalogue)
      let index = VectorIndex(dimension: 16)
      let (labels, vectors) = towers.indexed
      return Bundle(
        content: ContentTable(catalogue), towers: towers, index: try index.rebuild(labels: labels, vectors: vectors))
    }
  }

  /// Share of the ten candidates nearest to the user that are of `taste`.
  private func share(of taste: Int, _ record: UserRecord, _ world: World, _ bundle: Bundle) -> Double {
    let scratch = RecommendScratch(bundle: bundle)
    _ = Recommender.recommend(
      record, RecommendRequest(nowMs: world.now), bundle: bundle, state: world.state, scratch: scratch)
    let scores = scratch.table.scores(.userVector)
    let best = (0..<scratch.table.count).sorted { scores[$0] > scores[$1] }.prefix(10)
    return Double(best.count { Int(scratch.table.items[$0]) % Self.tastes.count == taste }) / 10
  }

  @Test(arguments: [1, 2]) func aNewUserWithAProfileGetsABetterList(seed: Int) throws {
    let world = World(seed: seed)
    let bundle = try world.bundle()
    var with = 0.0
    var without = 0.0
    for (taste, country) in Self.tastes.enumerated() {
      var record = UserRecord()
      without += share(of: taste, record, world, bundle) / Double(Self.tastes.count)
      record.setAttribute("country", .text(country))
      with += share(of: taste, record, world, bundle) / Double(Self.tastes.count)
    }
    #expect(with > 0.8 && without < 0.4, "seed \(seed): \(with) with a profile, \(without) without")
  }
}
