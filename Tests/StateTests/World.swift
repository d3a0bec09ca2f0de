import Identity
import State

/// A seeded stream of interactions of some users with some items, with ties in time, duplicates and late events.
struct World: Sequence, IteratorProtocol {
  var state: UInt64
  var timeMs: Int64 = 1_700_000_000_000
  let users: UInt64
  let items: UInt64

  init(seed: UInt64, users: UInt64 = 20, items: UInt64 = 60) {
    state = Hash64.mix(seed)
    self.users = users
    self.items = items
  }

  mutating func random() -> UInt64 {
    state = Hash64.mix(state)
    return state
  }

  mutating func next() -> (user: UInt64, id: EntityID, event: Interaction)? {
    if random() % 3 != 0 { timeMs += Int64(random() % 90) * 1_000 }
    let item = random() % items * (random() % items) / items
    let id = item % 7 == 0 ? EntityID("item-\(item)") : EntityID(Int64(item))
    let grade = Grade(Float(random() % 10 + 1) / 2)
    let event = Interaction(
      item: ItemKey(id), typeCode: UInt8(random() % 8),
      signal: grade.value >= 4 ? .positive : (grade.value < 3 ? .negative : .neutral), grade: grade,
      timeMs: random() % 50 == 0 ? timeMs - 3_600_000 : timeMs,
      eventHash: random() % 2 == 0 ? 0 : random() % 5_000 + 1)
    return (random() % users, id, event)
  }
}

func userHash(_ user: UInt64) -> UInt64 { EntityID(Int64(user)).hash64 }
