import Artefacts
import Foundation
import Lifecycle
import Replica
import State
import Store
import Telemetry
import TestSupport
import Testing

@testable import Ingest

/// Replays of more batches than a store keeps for followers.
@Suite struct LongReplayTests {
  private static let batches = 5_200

  @Test func aReplayOfAnyLengthLeavesTheItemStateWhole() throws {
    let folder = try TemporaryFolder()
    let redis = try RedisServer(in: folder, appendFsync: nil)
    try redis.start()
    defer { redis.kill() }
    let log = try EmbeddedLog(shards: 1, seed: 41)
    try log.send(Self.batches)
    let url = redis.url
    let makeStore: StoreFactory = { () throws(StoreError) in RedisStore(try RedisConfiguration(url: url)) }
    let artefacts = try ArtefactStore(directory: folder.path + "/artefacts", keep: 3)
    let replayed = try log.replayed(into: makeStore(), artefacts: artefacts, batchRecords: 1)
    #expect(try makeStore().position(of: 0)?.sequence == UInt64(Self.batches))
    #expect(try makeStore().applied(shard: 0, after: 0, limit: 1).trimmedTo != nil, "the stream was trimmed")

    let expected = try log.replayed(
      into: MemoryStore(), artefacts: try ArtefactStore(directory: folder.path + "/reference", keep: 3))
    #expect(replayed.digest.digest == expected.digest.digest)
    let fresh = ItemFollower(
      ItemFollower.Configuration(shards: 1), store: makeStore, progress: ShardProgress(), artefacts: artefacts,
      catalogue: { NoDescriptions() })
    try fresh.start()
    try running([fresh]) {
      #expect(Waiting.until(seconds: 60) { fresh.followed.isCaughtUp })
    }
    #expect(fresh.followed.gapCount == 0)
    expectEqualItems(fresh.state, expected.items)
  }

  /// A follower that cannot keep up holds ingestion back before anything is trimmed unread.
  @Test func aMemberWaitsForItsOwnFollower() throws {
    let log = try EmbeddedLog(shards: 1, seed: 42)
    let database = MemoryDatabase()
    let makeStore: StoreFactory = { () throws(StoreError) in MemoryStore(database) }
    let progress = ShardProgress()
    let items = ItemState()
    let member = log.member(store: makeStore, items: items, progress: progress, metrics: FreshetMetrics())
    // It has looked, and then it stands still.
    let bound = UInt64(log.configuration.followerBound)
    progress.learned([0: 0])
    var position: ShardPosition?
    for number in 1...(bound + 1) as ClosedRange<UInt64> {
      let next = ShardPosition(log: "log", nextOffset: 0, sequence: number)
      #expect(try MemoryStore(database).commit(ShardBatch(shard: 0, expected: position, next: next)) == .committed)
      position = next
    }
    try running([member]) {
      try log.send(100)
      RunLoop.current.run(until: Date(timeIntervalSinceNow: 1))
      #expect(try MemoryStore(database).position(of: 0) == position, "nothing is stored meanwhile")
      progress.learned([0: bound])
      #expect(Waiting.until(seconds: 60) { (try? MemoryStore(database).position(of: 0)?.nextOffset) == 100 })
    }
  }
}
