import Features
import Identity
import State

/// A few users and items with seeded events: enough for every feature to have a value.
struct SmallWorld {
  let state = ItemState()
  var users: [UserRecord]
  let itemCount: Int
  private var entry = AppliedEntry.reusable()
  private(set) var nowMs: Int64 = 1_000_000_000_000

  static func id(_ item: Int) -> EntityID { EntityID(Int64(item)) }

  init(users: Int, items: Int, events: Int, seed: UInt64) {
    self.users = Array(repeating: UserRecord(), count: users)
    itemCount = items
    for item in 0..<items {
      var metadata = ItemMetadata(title: "item \(item)")
      metadata.genres = ["a", "b", "c"].enumerated().filter { item >> $0.offset & 1 == 1 }.map(\.element)
      metadata.year = item.isMultiple(of: 7) ? nil : 1950 + item
      state.describe(Self.id(item), metadata)
    }
    state.publishCatalogue()
    var random = seed
    func below(_ bound: Int) -> Int {
      random = Hash64.mix(random)
      return Int(random % UInt64(bound))
    }
    for _ in 0..<events {
      nowMs += Int64(below(4)) * 20_000
      let user = below(users)
      let item = Self.id(below(items))
      let stars = Float(1 + below(5))
      let event = Interaction(
        item: ItemKey(item), typeCode: 0, signal: stars >= 4 ? .positive : .negative, grade: Grade(stars), timeMs: nowMs
      )
      _ = self.users[user].apply(event, userHash: UInt64(user), entry: &entry)
      state.learn(entry, id: item)
    }
  }

  /// A completed table of all items for a user, with made-up source scores that tie often.
  func table(user: Int, seed: UInt64) -> CandidateTable {
    let content = ContentTable(state.catalogue)
    let history = HistoryView()
    history.fill(users[user], state)
    let summary = UserSummary(users[user], nowMs: nowMs, history: history, content: content, globals: state.globals)
    let table = CandidateTable(capacity: itemCount, content: content)
    table.begin(summary, globals: state.globals, history: history, content: content)
    for item in 0..<itemCount { table.append(ItemIndex(item), sources: 1) }
    var random = seed
    for column in ScoreColumn.allCases {
      for place in 0..<table.count {
        random = Hash64.mix(random)
        table.scores(column)[place] = Float(Int(random % 9)) - 2
      }
    }
    table.complete(state)
    return table
  }
}
