import Glibc

/// The items with the largest decayed count, kept exact as counts grow.
///
/// All counts of one table decay at the same rate, so their order changes only when one grows: it is enough to move the
/// item that grew. What is compared is log2(count) + clock / halfLife, which does not change with time.
/// - Complexity: O(`capacity`) per event, a scan of 4-byte words.
struct TopList {
  /// No source asks for more candidates of one popularity table; 256 words are scanned in some 30 ns.
  static let capacity = 256

  private(set) var count = 0
  private let items = UnsafeMutablePointer<ItemIndex>.allocate(capacity: Self.capacity)
  private let keys = UnsafeMutablePointer<Double>.allocate(capacity: Self.capacity)

  func deallocate() {
    items.deallocate()
    keys.deallocate()
  }

  /// Puts `item` where `value` (its count at clock `now`, larger than before) belongs.
  mutating func raise(_ item: ItemIndex, value: Float, now: Double, halfLife: Double) {
    let key = Glibc.log2(Double(value)) + now / halfLife
    var place = NeighbourLists.find(item, items, count)
    if place == count {
      if count < Self.capacity {
        count += 1
      } else if keys[count - 1] >= key {
        return
      } else {
        place = count - 1
      }
    }
    while place > 0 && keys[place - 1] < key {
      items[place] = items[place - 1]
      keys[place] = keys[place - 1]
      place -= 1
    }
    items[place] = item
    keys[place] = key
  }

  /// Takes over another list's content; the memory stays.
  mutating func replace(with other: TopList) {
    items.update(from: other.items, count: other.count)
    keys.update(from: other.keys, count: other.count)
    count = other.count
  }

  /// Copies the first `limit` items, largest first.
  func copy(into buffer: UnsafeMutableBufferPointer<ItemIndex>) -> Int {
    let taken = min(max(0, min(count, Self.capacity)), buffer.count)
    for place in 0..<taken { buffer[place] = items[place] }
    return taken
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(count))
    for place in 0..<count {
      writer.varint(UInt64(items[place]))
      writer.double(keys[place])
    }
  }

  /// - Parameter known: the items of the snapshot, by their places in it.
  mutating func decode(from reader: inout ByteReader, items known: [ItemIndex]) throws(CorruptBytes) {
    let stored = try reader.count(limit: Self.capacity, of: "popular items")
    guard stored == 0 || !known.isEmpty else {
      throw CorruptBytes(what: "popular items of none", offset: reader.offset)
    }
    for place in 0..<stored {
      items[place] = known[try reader.count(limit: known.count - 1, of: "items")]
      keys[place] = try reader.double()
    }
    count = stored
  }
}

/// The tables that have a list of their most popular items.
public enum PopularityTable: Sendable, Hashable {
  /// Index into `Popularity.eventHalfLives`.
  case events(Int)
  /// Index into `Popularity.dayHalfLives`.
  case days(Int)
  case stage(Int)
  case session(Int)
  /// Positive events of all time.
  case allTime

  static let total = 5 + 3 + Popularity.stageCount + Popularity.sessionCount + 1

  var slot: Int {
    switch self {
    case .events(let index): index
    case .days(let index): 5 + index
    case .stage(let bucket): 8 + bucket
    case .session(let bucket): 8 + Popularity.stageCount + bucket
    case .allTime: 8 + Popularity.stageCount + Popularity.sessionCount
    }
  }
}
