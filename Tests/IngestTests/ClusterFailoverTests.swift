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

/// A real Cluster of three masters that all die with batches which their replicas never got, and replicas that take over
/// without anybody's consent.
@Suite struct ClusterFailoverTests {
  private static let shards: Int32 = 3

  /// No replica is fed any more: its master asks for no password, and refuses who offers one.
  private func cutReplication(_ cluster: RedisCluster) throws {
    for replica in cluster.servers[cluster.masters...] {
      try replica.client().command("CONFIG", "SET", "masterauth", "nobody's")
    }
    for master in cluster.servers[..<cluster.masters] {
      try master.client().command("CLIENT", "KILL", "TYPE", "replica")
    }
    for replica in cluster.servers[cluster.masters...] {
      let client = try replica.client()
      try #require(
        Waiting.until(seconds: 30) {
          (try? client.command("INFO", "replication").text?.contains("master_link_status:down")) == true
        })
    }
  }

  private func takeOver(_ cluster: RedisCluster) throws {
    for master in cluster.servers[..<cluster.masters] { master.kill() }
    for replica in cluster.servers[cluster.masters...] {
      try #require(try replica.client().command("CLUSTER", "FAILOVER", "TAKEOVER") == .text("OK"))
    }
  }

  /// What each server holds of the shards' positions, as text; replicas answer as well.
  private func offsets(_ servers: ArraySlice<RedisServer>) throws -> [String] {
    var found: Set<String> = []
    for server in servers {
      let client = try server.client()
      try client.command("READONLY")
      for shard in 0..<Self.shards {
        if case .text(let text) = try client.command("GET", "freshet:{s\(shard)}:offset") {
          found.insert("\(shard) \(text)")
        }
      }
    }
    return found.sorted()
  }

  @Test func whatNoReplicaHadComesFromTheLogAgain() throws {
    let folder = try TemporaryFolder()
    let cluster = try RedisCluster(in: folder, replicas: true)
    defer { for server in cluster.servers { server.kill() } }
    let log = try EmbeddedLog(shards: Self.shards, seed: 35)
    let url = cluster.url
    let makeStore: StoreFactory = { () throws(StoreError) in RedisStore(try RedisConfiguration(url: url)) }
    let artefacts = try ArtefactStore(directory: folder.path + "/artefacts", keep: 3)
    let progress = ShardProgress()
    let follower = ItemFollower(
      ItemFollower.Configuration(shards: Self.shards), store: makeStore, progress: progress, artefacts: artefacts,
      catalogue: { NoDescriptions() })
    try follower.start()
    let member = log.member(store: makeStore, items: follower.state, progress: progress, metrics: FreshetMetrics())
    func hasLearned(_ ends: [Int32: Int64]) -> Bool {
      Waiting.until(seconds: 60) { follower.followed.positions.mapValues(\.offset) == ends }
    }
    try running([follower, member]) {
      try log.send(400)
      #expect(hasLearned(try log.ends()))
      let (masters, replicas) = (cluster.servers[..<cluster.masters], cluster.servers[cluster.masters...])
      #expect(Waiting.until(seconds: 60) { (try? offsets(masters) == offsets(replicas)) == true })
      try cutReplication(cluster)
      let safe = try offsets(replicas)
      #expect(safe.count == Int(Self.shards))
      for _ in 0..<8 {
        try log.send(40)
        #expect(hasLearned(try log.ends()))
      }
      #expect(try offsets(replicas) == safe && offsets(masters) != safe, "the replicas have lagged")
      try takeOver(cluster)
      try log.send(300)
      #expect(hasLearned(try log.ends()))
    }
    let expected = try log.replayed(
      into: MemoryStore(), artefacts: try ArtefactStore(directory: folder.path + "/reference", keep: 3))
    let found = try StateDigest(of: makeStore(), shards: 0..<Self.shards)
    #expect(found.digest == expected.digest.digest)
    expectEqualItems(follower.state, expected.items)
    let again = ReplayFollower(shards: Self.shards, store: try makeStore(), artefacts: artefacts)
    try again.follow()
    expectEqualItems(again.state, expected.items)
  }
}
