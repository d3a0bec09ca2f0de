import Features
import Identity
import Retrieval
import State
import Testing
import Towers

@testable import Recommender

/// The towers in the pipeline: who is brought in, what is scored, and how a view moves.
@Suite struct UserVectorTests {
  fileprivate struct World {
    let state = ItemState()
    var records = Array(repeating: UserRecord(), count: 12)
    var window = TowerWindow()
    var now: Int64 = 1_000_000_000_000

    init(items: Int, seed: Int) {
      for item in 0..<items {
        state.describe(
          Self.id(item), ItemMetadata(title: "film \(item)", genres: ["g\(item % 3)"], year: 1_990 + item % 20))
      }
      state.publishCatalogue()
      var random = SeededGenerator(seed: seed)
      for _ in 0..<600 {
        now += Int64.random(in: 0...40_000, using: &random)
        apply(user: Int.random(in: 0..<11, using: &random), item: Int.random(in: 0..<items, using: &random), &random)
      }
    }

    static func id(_ item: Int) -> EntityID { EntityID(Int64(item)) }

    mutating func apply(user: Int, item: Int, _ random: inout SeededGenerator) {
      var entry = AppliedEntry.reusable()
      let event = Interaction(
        item: ItemKey(Self.id(item)), typeCode: 0, signal: Bool.random(using: &random) ? .positive : .negative,
        grade: Grade(4), timeMs: now)
      _ = records[user].apply(event, userHash: UInt64(user), entry: &entry)
      state.learn(entry, id: Self.id(item))
      window.append(TowerWindow.Event(entry))
    }

    mutating func apply(user: Int, _ event: Interaction) {
      var entry = AppliedEntry.reusable()
      _ = records[user].apply(event, userHash: UInt64(user), entry: &entry)
    }

    func bundle(version: UInt64 = 1) throws -> Bundle {
      var settings = TowerSettings()
      settings.dimension = 16
      settings.epochs = 2
      let catalogue = state.catalogue
      let model = try #require(
        try TowerTrainer(settings: settings).train(window, items: TowerItems(catalogue), version: version))
      let towers = BoundTowers(model, catalogue)
      let index = VectorIndex(dimension: 16)
      let (labels, vectors) = towers.indexed
      let snapshot = try index.rebuild(labels: labels, vectors: vectors)
      return Bundle(content: ContentTable(catalogue), towers: towers, index: snapshot)
    }
  }

  @Test(arguments: [1, 2]) func theNearestUnseenItemsAreCandidatesAndEveryCandidateIsScored(seed: Int) throws {
    let world = World(items: 150, seed: seed)
    let bundle = try world.bundle()
    let towers = try #require(bundle.towers)
    let scratch = RecommendScratch(bundle: bundle)
    for record in world.records {
      _ = Recommender.recommend(
        record, RecommendRequest(nowMs: world.now), bundle: bundle, state: world.state, scratch: scratch)
      let table = scratch.table
      let scores = table.scores(.userVector)
      let own = (0..<table.count).filter { table.sourceBits[$0] >> UInt32(ScoreColumn.userVector.rawValue) & 1 == 1 }
      #expect(own.count == bundle.budgets[.userVector])
      // No candidate that another source brought beats those that the index brought.
      let worst = own.map { scores[$0] }.min() ?? 0
      for place in 0..<table.count where !own.contains(place) { #expect(scores[place] <= worst + 1e-6) }
      for place in 0..<table.count {
        #expect(scores[place] > 0 && scores[place] <= 1.001)
        #expect(towers.row(table.items[place]) != nil)
      }
    }
  }

  @Test func withoutTowersTheColumnIsZero() {
    let world = World(items: 60, seed: 3)
    let bundle = Bundle(content: ContentTable(world.state.catalogue))
    let scratch = RecommendScratch(bundle: bundle)
    _ = Recommender.recommend(
      world.records[0], RecommendRequest(nowMs: world.now), bundle: bundle, state: world.state, scratch: scratch)
    #expect(scratch.table.count > 0)
    for place in 0..<scratch.table.count { #expect(scratch.table.scores(.userVector)[place] == 0) }
  }

  /// A view that was never kept, one of older towers and one that followed every event give the same answer.
  @Test func aLostViewIsDerivedByTheSameSteps() throws {
    var world = World(items: 80, seed: 4)
    let bundle = try world.bundle()
    let towers = try #require(bundle.towers)
    let scratch = UserVectorScratch()
    var view: UserVectorState?
    // User 11 is new: all its events are within the derivation's reach.
    for step in 0..<24 {
      world.now += 30_000
      let event = Interaction(
        item: ItemKey(World.id(step * 3)), typeCode: 0, signal: .positive, grade: Grade(4), timeMs: world.now)
      scratch.move(&view, world.records[11], by: event, towers: towers, state: world.state)
      world.apply(user: 11, event)
    }
    let followed = try #require(view)
    #expect(followed != UserVectorState(towers.model))
    // A move by a negative event derives a lost view, and moves nothing.
    var lost: UserVectorState?
    let negative = Interaction(
      item: ItemKey(World.id(1)), typeCode: 0, signal: .negative, grade: Grade(1), timeMs: world.now + 1)
    scratch.move(&lost, world.records[11], by: negative, towers: towers, state: world.state)
    #expect(lost == followed)
    let other = try world.bundle(version: 2)
    let pipeline = RecommendScratch(bundle: bundle)
    func scores(_ bundle: Bundle, _ view: UserVectorState?) -> [Float] {
      _ = Recommender.recommend(
        world.records[11], RecommendRequest(nowMs: world.now + 5), view: view, bundle: bundle, state: world.state,
        scratch: pipeline)
      return (0..<pipeline.table.count).map { pipeline.table.scores(.userVector)[$0] }
    }
    #expect(scores(bundle, followed) == scores(bundle, nil))
    #expect(scores(other, followed) == scores(other, nil))
    #expect(scores(bundle, followed) != scores(bundle, UserVectorState(towers.model)))
  }

  @Test func anItemThatCameLaterIsFoundAfterTheNextBinding() throws {
    let world = World(items: 60, seed: 6)
    let bundle = try world.bundle()
    let towers = try #require(bundle.towers)
    let new = try #require(
      world.state.describe(EntityID("new"), ItemMetadata(title: "new", genres: ["g1"], year: 2_001)))
    world.state.publishCatalogue()
    #expect(towers.row(new) == nil)
    let rebound = BoundTowers(towers.model, world.state.catalogue)
    let row = try #require(rebound.row(new))
    #expect(rebound.model.version == towers.model.version)
    let index = VectorIndex(dimension: 16)
    try index.adopt(try #require(bundle.index))
    var changes = VectorChanges(dimension: 16)
    changes.put(Int64(new), rebound.model.vector(row))
    let snapshot = try #require(try index.apply(changes))
    #expect(snapshot.count == 61 && bundle.index?.count == 60)
    let wide = Bundle(
      content: ContentTable(world.state.catalogue), towers: rebound, index: snapshot,
      budgets: SourceBudgets(all: 60))
    let scratch = RecommendScratch(bundle: wide)
    var request = RecommendRequest(nowMs: world.now)
    request.includesSeen = true
    _ = Recommender.recommend(world.records[0], request, bundle: wide, state: world.state, scratch: scratch)
    #expect((0..<scratch.table.count).contains { scratch.table.items[$0] == new })
  }
}
