import State
import Store
import TestSupport
import Testing

@testable import Ingest

@Suite struct StateDigestTests {
  /// Stores one log, in batches of `batch` records, by one member.
  private func fill(_ store: any RecordStore, shard: Int32 = 2, batch: Int64, logSeed: UInt64 = 5) throws {
    var random = SeededRandom(seed: logSeed)
    let log = ModelLog(name: "log", mix: ModelLog.Mix(), using: &random)
    let member = ModelMember(store: FlakyStore(store, seed: 1))
    try member.open(shard, log: log, cache: UserCache.Limits())
    while member.rest(shard) > 0 {
      member.add(shard, count: batch)
      #expect(member.commit(shard) == .committed)
    }
  }

  @Test func itIsTheSameInMemoryInRedisAndInAnyBatches() throws {
    let memory = MemoryStore()
    try fill(memory, batch: 7)
    let server = try RedisServer(in: TemporaryFolder())
    try server.start()
    let redis = RedisStore(try RedisConfiguration(url: server.url))
    try fill(redis, batch: 50)
    let first = try StateDigest(of: memory, shards: 0..<4)
    let second = try StateDigest(of: redis, shards: 0..<4)
    #expect(first.digest == second.digest && first.digest != 0)
    #expect(first.users == second.users && first.users > 5)
    #expect(first.shards.map(\.digest) == second.shards.map(\.digest))
    #expect(first.description.count == 16 && first.description == second.description)
    #expect(second.perShard.split(separator: "\n")[2].contains("120 of log, batch 3"))
  }

  @Test func itChangesWithAnyFactAndNotWithThePlaceOfAUser() throws {
    let here = MemoryStore()
    let there = MemoryStore()
    let other = MemoryStore()
    try fill(here, shard: 1, batch: 10)
    try fill(there, shard: 3, batch: 10)
    try fill(other, shard: 1, batch: 10, logSeed: 6)
    let digest = try StateDigest(of: here, shards: 0..<4).digest
    #expect(try StateDigest(of: there, shards: 0..<4).digest == digest)
    #expect(try StateDigest(of: other, shards: 0..<4).digest != digest)
    #expect(try StateDigest(of: MemoryStore(), shards: 0..<4).digest == 0)
  }

  @Test func aDamagedRecordIsNamed() throws {
    let store = MemoryStore()
    var batch = ShardBatch(shard: 0, expected: nil, next: ShardPosition(log: "l", nextOffset: 1, sequence: 1))
    batch.users = [UserWrite(id: Array("ann".utf8), hot: [1, 2, 3])]
    #expect(try store.commit(batch) == .committed)
    let failure = #expect(throws: IngestError.self) { try StateDigest(of: store, shards: [0]) }
    #expect(failure?.code == .corruptRecord && failure?.message.contains("\"ann\" in shard 0") == true)
  }
}
