import Identity
import Testing

@testable import Towers

@Suite struct TrainerTests {
  /// Popularity knows no taste: it would show everybody the same five, right for half of the users at most.
  @Test(arguments: [1, 2]) func learnsTwoTastesThatPopularityCannotTell(seed: UInt64) throws {
    let world = PlantedWorld(seed: seed)
    let model = try TowerTrainer(settings: PlantedWorld.settings).model(world)
    #expect(world.shareOfTaste(model) > 0.8, "seed \(seed)")
  }

  @Test func aSampleOfTheCatalogueTeachesTheSame() throws {
    let world = PlantedWorld(seed: 3)
    var settings = PlantedWorld.settings
    settings.fullSoftmaxItems = 0
    settings.sampledItems = 12
    settings.batch = 16
    let model = try TowerTrainer(settings: settings).model(world)
    #expect(world.shareOfTaste(model) > 0.8)
  }

  @Test func theSameSeedGivesTheSameBytesAndAnotherSeedOthers() throws {
    let world = PlantedWorld(seed: 4)
    var settings = PlantedWorld.settings
    settings.epochs = 2
    let first = try TowerTrainer(settings: settings).model(world).bytes()
    #expect(try TowerTrainer(settings: settings).model(world).bytes() == first)
    settings.seed = 9
    #expect(try TowerTrainer(settings: settings).model(world).bytes() != first)
  }

  @Test func aTrainingThatGoesOnStartsWhereTheOlderEnded() throws {
    let world = PlantedWorld(seed: 5)
    var settings = PlantedWorld.settings
    let older = try TowerTrainer(settings: settings).model(world)
    settings.continuedEpochs = 0
    let same = try TowerTrainer(settings: settings).model(world, from: older, version: 2)
    #expect(same.version == 2 && same.events == world.window.count)
    for key in world.keys {
      let a = try #require(older.row(of: key))
      let b = try #require(same.row(of: key))
      #expect(dot(Array(older.vector(a)), Array(same.vector(b))) > 0.9999)
    }
    for user in 0..<5 { #expect(dot(world.vector(older, user: user), world.vector(same, user: user)) > 0.9999) }
  }

  /// A bounded epoch takes the newest targets and some of the others; an unbounded one takes all, each once.
  @Test func aBoundedEpochPrefersTheNewest() {
    let world = PlantedWorld(seed: 7)
    var rows = KeyTable(minimumCapacity: 64)
    for (row, key) in world.items.keys.enumerated() { rows.set(key, Int32(row)) }
    let examples = TowerExamples(
      world.window, rowOf: rows, rowCount: world.items.count, settings: PlantedWorld.settings)
    var settings = TowerSettings()
    var random = TowerRandom(seed: 1)
    let count = examples.targets.count
    let whole = TowerSchedule(settings, targets: count, goesOn: true).order(examples, &random)
    #expect(whole.sorted() == Array(0..<Int32(count)))
    settings.continuedVisits = 100
    let order = TowerSchedule(settings, targets: count, goesOn: true).order(examples, &random)
    #expect(order.count == 100 && Set(order).count == 100)
    let newest = (0..<Int32(count)).sorted { examples.numbers[Int($0)] > examples.numbers[Int($1)] }
    #expect(Set(order).isSuperset(of: newest.prefix(50)))
    #expect(!Set(order).isSubset(of: newest.prefix(110)))
    // Few targets are visited more often, but not without end.
    #expect(TowerSchedule(TowerSettings(), targets: 1, goesOn: false).epochs == TowerSettings().maximumEpochs)
    #expect(TowerSchedule(TowerSettings(), targets: 1 << 20, goesOn: false).epochs == TowerSettings().epochs)
  }

  @Test func theClockGoesOnAndStartsAnew() {
    var clock = TowerClock()
    #expect(clock.due(learned: 1_999) == nil)
    #expect(clock.due(learned: 2_000) == .anew)
    clock.wasTrained(.anew, learned: 10_000)
    #expect(clock.due(learned: 11_999) == nil)
    #expect(clock.due(learned: 12_000) == .goOn)
    clock.wasTrained(.goOn, learned: 12_000)
    #expect(clock.due(learned: 14_000) == .anew)
    clock.wasTrained(.anew, learned: 1_000_000)
    #expect(clock.due(learned: 1_019_999) == nil)
    #expect(clock.due(learned: 1_020_000) == .goOn)
  }

  @Test func progressIsToldAndCancels() throws {
    let world = PlantedWorld(seed: 6)
    var shares: [Double] = []
    _ = try TowerTrainer(settings: PlantedWorld.settings).train(world.window, items: world.items, version: 1) { state in
      shares.append(state.share)
      return true
    }
    #expect(shares.last == 1 && shares == shares.sorted())
    #expect(throws: TowerError.self) {
      try TowerTrainer(settings: PlantedWorld.settings).train(world.window, items: world.items, version: 1) { _ in false
      }
    }
  }

  @Test func nothingToLearnFromIsNoModelAndBadSettingsAnError() throws {
    let trainer = TowerTrainer(settings: PlantedWorld.settings)
    #expect(try trainer.train(TowerWindow(), items: TowerItems(), version: 1) == nil)
    #expect(try trainer.train(TowerWindow(), items: PlantedWorld(seed: 1).items, version: 1) == nil)
    var settings = PlantedWorld.settings
    settings.dimension = 12
    let error = #expect(throws: TowerError.self) {
      try TowerTrainer(settings: settings).train(TowerWindow(), items: TowerItems(), version: 1)
    }
    #expect(error?.message.contains("EMBEDDING_DIM") == true)
  }

  @Test func theWindowForgetsTheOldestAndErasedUsers() {
    var window = TowerWindow(capacity: 4)
    for event in 0..<6 {
      window.append(
        TowerWindow.Event(
          user: UInt64(event % 2), item: ItemKey(rawValue: UInt64(event)), timeMs: 0, stage: 0, signal: 2,
          gradeSteps: 0,
          isChosen: true
        ))
    }
    #expect(window.chronological.map(\.item) == [2, 3, 4, 5])
    window.erase(user: 1)
    #expect(window.chronological.map(\.item) == [2, 4])
  }

  /// What was liked counts whole, what was only come to less, and what was put before the user and turned down not at all.
  @Test func targetsWeighWhatTheySay() {
    let settings = TowerSettings()
    var window = TowerWindow()
    var rows = KeyTable(minimumCapacity: 8)
    let cases: [(signal: UInt8, grade: UInt8, isChosen: Bool, weight: Float?)] = [
      (2, 5, true, 1), (1, 3, true, settings.middlingWeight), (0, 3, true, settings.middlingWeight),
      (0, 1, true, settings.dislikedWeight), (0, 1, false, nil), (0, 3, false, nil),
    ]
    for (number, each) in cases.enumerated() {
      let item = ItemKey(rawValue: UInt64(number + 1))
      rows.set(item.rawValue, Int32(number))
      window.append(
        TowerWindow.Event(
          user: 1, item: item, timeMs: Int64(number), stage: UInt32(number), signal: each.signal,
          gradeSteps: each.grade * 32, isChosen: each.isChosen))
    }
    let examples = TowerExamples(window, rowOf: rows, rowCount: cases.count, settings: settings)
    let weights = Dictionary(
      uniqueKeysWithValues: zip(examples.targets.map { examples.rows[Int($0)] }, examples.weights))
    for (number, each) in cases.enumerated() { #expect(weights[Int32(number)] == each.weight, "case \(number)") }
  }
}
