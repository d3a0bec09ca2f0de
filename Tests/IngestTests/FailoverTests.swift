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

/// A real master that dies with batches which its replica never got: what was acknowledged is read from the log again.
@Suite struct FailoverTests {
  private static let shards: Int32 = 3

  /// Master and replica, each behind what can be cut.
  private final class Pair {
    let folder: TemporaryFolder
    let master: RedisServer
    let replica: RedisServer
    /// Between the two.
    let link: TCPProxy
    /// What members know of Redis.
    let door: TCPProxy

    init() throws {
      folder = try TemporaryFolder()
      master = try RedisServer(in: folder, name: "master", extra: ["--repl-diskless-sync-delay", "0"])
      try master.start()
      link = try TCPProxy(target: master.port)
      door = try TCPProxy(target: master.port)
      replica = try RedisServer(in: folder, name: "replica")
      try replica.start()
      try replica.replicate(port: link.port)
    }

    func store(_ port: UInt16) throws -> any RecordStore {
      RedisStore(try RedisConfiguration(url: "redis://127.0.0.1:\(port)"))
    }

    func positions(_ port: UInt16) throws -> [Int32: Int64] {
      let store = try store(port)
      var positions: [Int32: Int64] = [:]
      for shard in 0..<FailoverTests.shards {
        if let offset = try store.position(of: shard)?.nextOffset, offset > 0 { positions[shard] = offset }
      }
      return positions
    }

    /// The master dies, and the replica takes its place.
    func failOver() throws {
      master.kill()
      link.close()
      try #require(try replica.client().command("REPLICAOF", "NO", "ONE") == .text("OK"))
      door.retarget(replica.port)
      door.resetConnections()
    }

    func close() {
      link.close()
      door.close()
      master.kill()
      replica.kill()
    }
  }

  /// - Parameter isIdle: whether nothing is produced between the failover and the moment when everything is there
  ///   again: then no batch is refused, and members must notice by themselves.
  @Test(arguments: [true, false]) func batchesThatTheReplicaNeverGotComeFromTheLogAgain(isIdle: Bool) throws {
    let pair = try Pair()
    defer { pair.close() }
    let log = try EmbeddedLog(shards: Self.shards, seed: isIdle ? 31 : 32)
    let url = "redis://127.0.0.1:\(pair.door.port)"
    let makeStore: StoreFactory = { () throws(StoreError) in RedisStore(try RedisConfiguration(url: url)) }
    let artefacts = try ArtefactStore(directory: pair.folder.path + "/artefacts", keep: 3)
    let progress = ShardProgress()
    let metrics = FreshetMetrics()
    let follower = ItemFollower(
      ItemFollower.Configuration(shards: Self.shards), store: makeStore, progress: progress, artefacts: artefacts,
      catalogue: { NoDescriptions() })
    try follower.start()
    let member = log.member(store: makeStore, items: follower.state, progress: progress, metrics: metrics)
    try running([follower, member]) {
      try log.send(600)
      let safe = try log.ends()
      #expect(Waiting.until(seconds: 60) { (try? pair.positions(pair.replica.port)) == safe })

      // The master goes on alone.
      pair.link.set(.stall)
      for _ in 0..<12 {
        try log.send(50)
        let ends = try log.ends()
        #expect(Waiting.until(seconds: 60) { (try? pair.positions(pair.master.port)) == ends })
      }
      let acknowledged = try log.ends()
      #expect(Waiting.until(seconds: 60) { follower.followed.positions.mapValues(\.offset) == acknowledged })
      #expect(try pair.positions(pair.replica.port) == safe, "the replica has lagged")

      try pair.failOver()
      if !isIdle { try log.send(500) }
      let ends = try log.ends()
      #expect(Waiting.until(seconds: 60) { (try? pair.positions(pair.replica.port)) == ends })
      try log.send(300)
      let last = try log.ends()
      #expect(Waiting.until(seconds: 60) { (try? pair.positions(pair.replica.port)) == last })
      #expect(Waiting.until(seconds: 60) { follower.followed.positions.mapValues(\.offset) == last })
    }
    let expected = try log.replayed(
      into: MemoryStore(),
      artefacts: try ArtefactStore(directory: pair.folder.path + "/reference", keep: 3))
    let found = try StateDigest(of: pair.store(pair.replica.port), shards: 0..<Self.shards)
    #expect(found.digest == expected.digest.digest)
    expectEqualItems(follower.state, expected.items)
    // A process that comes later, from a store that was never whole at any moment.
    let again = ReplayFollower(shards: Self.shards, store: try pair.store(pair.replica.port), artefacts: artefacts)
    try again.follow()
    expectEqualItems(again.state, expected.items)
  }

  /// `redis.wait-replicas`: with fewer replicas nothing more is stored, it is counted, and then it goes on.
  @Test func aMemberWaitsForReplicas() throws {
    let pair = try Pair()
    defer { pair.close() }
    let log = try EmbeddedLog(shards: Self.shards, seed: 33)
    var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(pair.door.port)")
    configuration.waitReplicas = 1
    configuration.commandTimeoutMs = 2_000
    let settings = configuration
    let makeStore: StoreFactory = { () throws(StoreError) in RedisStore(settings) }
    let metrics = FreshetMetrics()
    let member = log.member(store: makeStore, items: ItemState(), progress: ShardProgress(), metrics: metrics)
    try running([member]) {
      try log.send(300)
      let safe = try log.ends()
      #expect(Waiting.until(seconds: 60) { (try? pair.positions(pair.replica.port)) == safe })
      let counted = metrics.storeReplicasShort.value
      pair.link.set(.stall)
      try log.send(100)
      #expect(Waiting.until(seconds: 60) { metrics.storeReplicasShort.value > counted + 1 })
      #expect(try pair.positions(pair.replica.port) == safe)
      // At most the batch under way is ahead of the replica: what comes later waits.
      let ahead = try pair.positions(pair.master.port)
      try log.send(100)
      let tried = metrics.storeReplicasShort.value
      #expect(Waiting.until(seconds: 60) { metrics.storeReplicasShort.value > tried + 1 })
      #expect(try pair.positions(pair.master.port) == ahead)
      pair.link.set(.forward)
      let ends = try log.ends()
      #expect(Waiting.until(seconds: 60) { (try? pair.positions(pair.replica.port)) == ends })
    }
    let expected = try log.replayed(
      into: MemoryStore(), artefacts: try ArtefactStore(directory: pair.folder.path + "/reference", keep: 3))
    let found = try StateDigest(of: pair.store(pair.replica.port), shards: 0..<Self.shards)
    #expect(found.digest == expected.digest.digest)
  }
}
