import Identity
import State
import Store

@testable import Replica

/// Writes batches of applied entries as an ingest member would, of a seeded stream of likes.
struct FollowedStore {
  let database: MemoryDatabase
  private(set) var positions: [Int32: ShardPosition] = [:]
  private var random: UInt64
  private var record = UserRecord()
  private var entry = AppliedEntry.reusable()
  /// Everything that was written, learned in the same order by one state.
  let expected = ItemState()

  init(seed: UInt64, appliedLimit: Int = 1_000) {
    database = MemoryDatabase(appliedLimit: appliedLimit)
    random = seed
  }

  mutating func write(shard: Int32, events: Int) throws {
    var bytes = ByteWriter()
    AppliedCodec.begin(&bytes)
    for _ in 0..<events {
      random = Hash64.mix(random)
      let id = EntityID(Int64(random % 40))
      let event = Interaction(
        item: ItemKey(id), typeCode: 0, signal: random % 3 == 0 ? .negative : .positive, grade: Grade(4),
        timeMs: Int64(record.eventCount) * 1_000)
      _ = record.apply(event, userHash: 5, entry: &entry)
      var text = id.text
      text.withUTF8 { AppliedCodec.append(entry, itemID: UnsafeRawBufferPointer($0), form: id.form, to: &bytes) }
      expected.learn(entry, id: id)
    }
    let before = positions[shard]
    let next = ShardPosition(
      log: "log", nextOffset: (before?.nextOffset ?? 0) + Int64(events), sequence: (before?.sequence ?? 0) + 1)
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
