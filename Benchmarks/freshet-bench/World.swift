import Identity
import State

/// splitmix64: the same world in each run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}

/// A generated catalogue and what its users did, about as skewed as MovieLens: some items have most of the events, users
/// come in visits.
struct World {
  static let startMs: Int64 = 1_700_000_000_000
  private static let genres = [
    "Action", "Comedy", "Drama", "Horror", "Musical", "Romance", "Sci-Fi", "Thriller", "War",
  ]

  let items: [EntityID]
  let metadata: [ItemMetadata]
  let events: [(user: Int, item: Int, interaction: Interaction)]
  let users: Int

  init(users: Int = 1_000, items: Int = 3_000, events count: Int = 50_000, seed: UInt64 = 1) {
    var random = SplitMix(state: seed)
    self.users = users
    let ids = (0..<items).map { EntityID(Int64($0)) }
    self.items = ids
    metadata = (0..<items).map { item in
      ItemMetadata(
        title: "Film \(item), The", genres: [Self.genres[item % 9], Self.genres[(item / 9) % 9]], year: 1950 + item % 70
      )
    }
    var now = Self.startMs
    var all: [(user: Int, item: Int, interaction: Interaction)] = []
    all.reserveCapacity(count)
    while all.count < count {
      let user = Int.random(in: 0..<users, using: &random)
      for _ in 0..<Int.random(in: 1...10, using: &random) where all.count < count {
        now += Int64.random(in: 0...30_000, using: &random)
        // The square puts half of the events on the first quarter of the items.
        let place = Double.random(in: 0..<1, using: &random)
        let item = Int(place * place * Double(items))
        let stars = Float(Int.random(in: 1...5, using: &random))
        let signal: Signal = stars >= 4 ? .positive : stars < 3 ? .negative : .neutral
        all.append(
          (
            user, item,
            Interaction(item: ItemKey(ids[item]), typeCode: 2, signal: signal, grade: Grade(stars), timeMs: now)
          ))
      }
    }
    events = all
  }

  /// How long the events last; adding it to each makes the next lap.
  var spanMs: Int64 { (events.last?.interaction.timeMs ?? Self.startMs) - Self.startMs + 1_000 }
  var endMs: Int64 { Self.startMs + spanMs }

  static func userHash(_ user: Int) -> UInt64 { EntityID(Int64(user)).hash64 }

  /// Both folds over all events.
  /// - Returns: users and items, and each event's entry.
  func fold(keepingEntries: Bool = false) -> (users: [UserRecord], state: ItemState, entries: [AppliedEntry]) {
    let state = ItemState()
    for (id, data) in zip(items, metadata) { state.describe(id, data) }
    state.publishCatalogue()
    var records = Array(repeating: UserRecord(), count: users)
    var entries: [AppliedEntry] = []
    var entry = AppliedEntry.reusable()
    for event in events {
      let hash = Self.userHash(event.user)
      guard records[event.user].apply(event.interaction, userHash: hash, entry: &entry) == .applied else { continue }
      state.learn(entry, id: items[event.item])
      if keepingEntries { entries.append(entry) }
    }
    return (records, state, entries)
  }
}
