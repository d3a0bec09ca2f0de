import Identity

@testable import Towers

/// A world of two tastes: even items are dramas, odd ones comedies, and each user likes one of the two.
struct PlantedWorld {
  let items: TowerItems
  let keys: [ItemKey]
  private(set) var window = TowerWindow()
  private(set) var histories: [[TowerWindow.Event]]

  static let drama = Hash64.of("drama")
  static let comedy = Hash64.of("comedy")

  /// - Parameters:
  ///   - popular: a comedy that everybody sees and likes first; nil: nothing is.
  ///   - profile: codes of a user's profile, the same at each event of the user.
  init(
    users: Int = 60, items count: Int = 40, events: Int = 16, seed: UInt64, popular: Int? = 1,
    profile: (Int, inout TowerRandom) -> SIMD8<UInt16> = { _, _ in .zero }
  ) {
    var random = TowerRandom(seed: seed)
    let profiles = (0..<users).map { profile($0, &random) }
    var items = TowerItems()
    keys = (0..<count).map { ItemKey(EntityID(Int64($0))) }
    for item in 0..<count {
      items.append(keys[item], genres: [item % 2 == 0 ? Self.drama : Self.comedy], year: 1_980 + item)
    }
    self.items = items
    histories = Array(repeating: [], count: users)
    var now: Int64 = 1_000_000_000_000
    for place in 0..<events {
      for user in 0..<users {
        now += 1_000 + Int64(random.below(60_000))
        let own = 2 * random.below(count / 2) + user % 2
        let first = place == 0 ? popular : nil
        let item = first ?? (random.below(5) == 0 ? random.below(count) : own)
        let isLiked = item % 2 == user % 2 || first != nil
        let event = TowerWindow.Event(
          user: UInt64(user), item: keys[item], timeMs: now, stage: UInt32(place), signal: isLiked ? 2 : 0,
          gradeSteps: isLiked ? 160 : 64, isChosen: isLiked, profile: profiles[user])
        window.append(event)
        histories[user].append(event)
      }
    }
  }

  static var settings: TowerSettings {
    var settings = TowerSettings()
    settings.dimension = 16
    settings.heads = 2
    settings.history = 20
    settings.batch = 64
    settings.epochs = 12
    settings.learningRate = 0.01
    return settings
  }

  /// The tower's vector of a user after the whole log.
  func vector(_ model: TowerModel, user: Int) -> [Float] {
    let events = histories[user].reversed().compactMap { event in
      model.row(of: ItemKey(rawValue: event.item)).map { TowerEvent(row: $0, kind: event.kind, timeMs: event.timeMs) }
    }
    var pools = [Float](repeating: 0, count: model.poolCount)
    var vector = [Float](repeating: 0, count: model.dimension)
    let context = TowerContext(nowMs: (histories[user].last?.timeMs ?? 0) + 1_000, eventCount: histories[user].count)
    events.withUnsafeBufferPointer { model.userVector($0, context, pools: &pools, into: &vector) }
    return vector
  }

  /// Share of users whose best five items are mostly of their own taste.
  func shareOfTaste(_ model: TowerModel) -> Double {
    var hits = 0
    for user in histories.indices {
      let own = vector(model, user: user)
      let scores = keys.map { key in model.row(of: key).map { dot(own, Array(model.vector($0))) } ?? -1 }
      let best = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(5)
      if best.filter({ $0 % 2 == user % 2 }).count >= 4 { hits += 1 }
    }
    return Double(hits) / Double(histories.count)
  }
}

func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

extension TowerTrainer {
  /// Trains, where the window holds something to learn from.
  func model(
    _ world: PlantedWorld, from older: TowerModel? = nil, version: UInt64 = 1
  ) throws -> TowerModel {
    guard let model = try train(world.window, items: world.items, from: older, version: version) else {
      throw TowerError(.badSettings, "the world is empty")
    }
    return model
  }
}
