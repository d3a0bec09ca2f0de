import Identity
import State
import Store

@testable import Replica

/// Writes batches of applied entries as an ingest member would, of a seeded stream of likes.
struct FollowedStore {
  private(set) var database: MemoryDatabase
  private(set) var positions: [Int32: ShardPosition] = [:]
  private var random: UInt64
  private var record = UserRecord()
  private var entry = AppliedEntry.reusable()
  /// Everything that was written, learned in the same order by one state.
  let expected: ItemState
  private let log: String
  /// What each shard's log holds, in the form of applied entries, one blob an event.
  private var written: [Int32: [(entry: AppliedEntry, id: EntityID)]] = [:]

  init(seed: UInt64, appliedLimit: Int = 1_000, log: String = "log") {
    database = MemoryDatabase(appliedLimit: appliedLimit)
    random = seed
    expected = ItemState()
    self.log = log
  }

  /// A store that stands elsewhere in the same log: empty, or a replica that has lagged.
  func forked(into database: MemoryDatabase, at positions: [Int32: ShardPosition]) -> FollowedStore {
    FollowedStore(self, database, positions)
  }

  private init(_ other: FollowedStore, _ database: MemoryDatabase, _ positions: [Int32: ShardPosition]) {
    self = other
    self.database = database
    self.positions = positions
  }

  /// Applies again what the log holds beyond the shard's position, in batches of another size.
  mutating func catchUp(shard: Int32, events: Int) throws {
    let entries = written[shard] ?? []
    let begin = Int(positions[shard]?.nextOffset ?? 0)
    for offset in stride(from: begin, to: entries.count, by: events) {
      try commit(shard, Array(entries[offset..<min(entries.count, offset + events)]))
    }
  }

  mutating func write(shard: Int32, events: Int) throws {
    var batch: [(entry: AppliedEntry, id: EntityID)] = []
    for _ in 0..<events {
      random = Hash64.mix(random)
      let id = EntityID(Int64(random % 40))
      let event = Interaction(
        item: ItemKey(id), typeCode: 0, signal: random % 3 == 0 ? .negative : .positive, grade: Grade(4),
        timeMs: Int64(record.eventCount) * 1_000)
      _ = record.apply(event, userHash: 5, entry: &entry)
      batch.append((entry, id))
      expected.learn(entry, id: id)
    }
    written[shard, default: []] += batch
    try commit(shard, batch)
  }

  private mutating func commit(_ shard: Int32, _ entries: [(entry: AppliedEntry, id: EntityID)]) throws {
    let before = positions[shard]
    let start = before?.nextOffset ?? 0
    let next = ShardPosition(
      log: log, nextOffset: start + Int64(entries.count), sequence: (before?.sequence ?? 0) + 1)
    var bytes = ByteWriter()
    AppliedCodec.begin(
      &bytes, AppliedRange(log: AppliedRange.logHash(of: log), start: start, end: next.nextOffset))
    for (place, (entry, id)) in entries.enumerated() {
      var text = id.text
      text.withUTF8 {
        AppliedCodec.append(
          entry, place: Int64(place), itemID: UnsafeRawBufferPointer($0), form: id.form, to: &bytes)
      }
    }
    var batch = ShardBatch(shard: shard, expected: before, next: next)
    batch.applied = bytes.bytes
    _ = try MemoryStore(database).commit(batch)
    positions[shard] = next
  }
}

/// No descriptions.
final class EmptyCatalogue: CatalogueSource {
  func poll(into state: ItemState) throws -> Int { 0 }
  var isCaughtUp: Bool { true }
  func close() {}
}
