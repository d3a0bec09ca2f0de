import Store
import TestSupport
import Testing

/// What happens to a store when its cluster changes under it.
@Suite(.serialized) struct ClusterTests {
  /// Writes one batch a call and counts what it has written.
  private final class Writer {
    let store: RedisStore
    var position: ShardPosition?
    var value: UInt8 = 0

    init(_ store: RedisStore) { self.store = store }

    /// - Parameter events: how far the position moves.
    func write(events: Int64 = 1) throws -> CommitOutcome {
      var next = batch(from: position, to: (position?.nextOffset ?? 0) + events, shard: ClusterTests.shard)
      next.users = (0..<20).map {
        UserWrite(id: Array("u\($0)".utf8), hot: [value &+ 1], past: $0 == 0 ? .append([value &+ 1]) : .none)
      }
      next.applied = [value &+ 1]
      let outcome = try store.commit(next)
      guard outcome == .committed else { return outcome }
      value &+= 1
      position = next.next
      return outcome
    }
  }

  private static let shard: Int32 = 3
  private static let prefix = "c:"
  private static let position = prefix + "{s3}:offset"

  private func store(_ cluster: RedisCluster, timeoutMs: Int = 5_000) throws -> RedisStore {
    var configuration = try RedisConfiguration(url: cluster.url)
    configuration.keyPrefix = Self.prefix
    configuration.commandTimeoutMs = timeoutMs
    return RedisStore(configuration)
  }

  private func slot(_ cluster: RedisCluster) throws -> Int {
    guard case .number(let slot) = try cluster.servers[0].client().command("CLUSTER", "KEYSLOT", Self.position) else {
      return -1
    }
    return slot
  }

  @Test func aMovedSlotIsFollowed() throws {
    let cluster = try RedisCluster(in: TemporaryFolder())
    let writer = Writer(try store(cluster))
    #expect(try writer.write() == .committed)
    let slot = try slot(cluster)
    for round in 0..<4 {
      let source = try cluster.owner(of: slot)
      let target = (source + 1) % cluster.masters
      try cluster.beginMove(of: slot, from: source, to: target)
      try cluster.moveKeys(of: slot, from: source, to: target)
      try cluster.endMove(of: slot, to: target)
      // Through the map as it was before the move.
      if round % 2 == 0 {
        #expect(try writer.store.read(shard: Self.shard, id: Array("u7".utf8))?.hot == [writer.value])
      }
      #expect(try writer.write() == .committed, "round \(round)")
    }
    let past = (1...5).map { UInt8($0) }
    #expect(try writer.store.read(shard: Self.shard, id: Array("u0".utf8)) == StoredUser(hot: [5], past: past))
    #expect(try writer.store.applied(shard: Self.shard, after: 0, limit: 9).batches.map(\.bytes) == past.map { [$0] })
  }

  @Test func aSlotBetweenTwoNodesIsReadAndTakesBatchesAgainOnceItHasArrived() throws {
    let cluster = try RedisCluster(in: TemporaryFolder())
    let writer = Writer(try store(cluster))
    let reader = try store(cluster)
    #expect(try writer.write() == .committed)
    let slot = try slot(cluster)
    let source = try cluster.owner(of: slot)
    let target = (source + 1) % cluster.masters
    try cluster.beginMove(of: slot, from: source, to: target)
    var refused = 0
    repeat {
      let users = try reader.read(shard: Self.shard, ids: (0..<20).map { Array("u\($0)".utf8) } + [[1]])
      #expect(users.map { $0?.hot } == [[UInt8]?](repeating: [writer.value], count: 20) + [nil])
      #expect(users[0]?.past == (1...writer.value).map { $0 })
      #expect(try reader.position(of: Self.shard) == writer.position)
      do {
        _ = try writer.write()
      } catch let error as StoreError {
        #expect(error.code == .unavailable)
        refused += 1
      }
      let failure = #expect(throws: StoreError.self) { try reader.forEachUser(shard: Self.shard) { _, _ in } }
      #expect(failure?.code == .unavailable, "half a slot must not look like a whole one")
    } while try cluster.moveKeys(of: slot, from: source, to: target, count: 3) > 0
    #expect(refused > 0)
    try cluster.endMove(of: slot, to: target)
    #expect(try writer.write() == .committed)
    var count = 0
    try reader.forEachUser(shard: Self.shard) { _, user in count += user.hot == [writer.value] ? 1 : 0 }
    #expect(count == 20)
  }

  @Test func aKilledMastersReplicaTakesOverAndBatchesGoOn() throws {
    let cluster = try RedisCluster(in: TemporaryFolder(), replicas: true)
    let writer = Writer(try store(cluster))
    for _ in 0..<50 { #expect(try writer.write() == .committed) }
    let slot = try slot(cluster)
    let master = try cluster.owner(of: slot)
    let client = try cluster.servers[master].client()
    #expect(try client.command("WAIT", "1", "5000") == .number(1))
    cluster.servers[master].kill()
    let failure = #expect(throws: StoreError.self) { try writer.write() }
    #expect(failure?.code == .unavailable)
    try cluster.servers[master + cluster.masters].client().command("CLUSTER", "FAILOVER", "TAKEOVER")
    #expect(Waiting.until { (try? writer.write()) == .committed })
    #expect(try cluster.owner(of: slot) == master + cluster.masters)
    #expect(try writer.store.read(shard: Self.shard, id: Array("u0".utf8))?.past == (1...51).map { UInt8($0) })

    // The old master comes back as a replica and sends everybody to the new one.
    try cluster.servers[master].start()
    let late = try RedisConfiguration(url: cluster.servers[master].url)
    var configuration = late
    configuration.keyPrefix = Self.prefix
    let other = Writer(RedisStore(configuration))
    other.position = writer.position
    other.value = writer.value
    #expect(Waiting.until { (try? other.write(events: 9)) == .committed })
    #expect(try writer.write() == .fenced(other.position))
  }

  @Test func aMasterThatHangsIsReplacedWithoutAnyonesHelp() throws {
    let cluster = try RedisCluster(in: TemporaryFolder(), replicas: true)
    let writer = Writer(try store(cluster, timeoutMs: 200))
    #expect(try writer.write() == .committed)
    let master = try cluster.owner(of: try slot(cluster))
    #expect(try cluster.servers[master].client().command("WAIT", "1", "5000") == .number(1))
    cluster.servers[master].pause()
    #expect(Waiting.until(seconds: 30) { (try? writer.write()) == .committed })
    cluster.servers[master].resume()
    #expect(try writer.write() == .committed)
    #expect(try writer.store.position(of: Self.shard) == writer.position)
  }

  @Test func severalHostsThatAreNoClusterAreAnErrorThatSaysSo() throws {
    let server = try RedisServer(in: TemporaryFolder())
    try server.start()
    let store = RedisStore(try RedisConfiguration(url: "\(server.url),127.0.0.1:\(server.port)"))
    let failure = #expect(throws: StoreError.self) { try store.position(of: 1) }
    #expect(failure?.code == .configuration && failure?.message.contains("REDIS_URL") == true)
  }

  @Test func oneHostOfTheClusterIsEnoughAndADeadOneIsPassedOver() throws {
    let cluster = try SharedCluster.get()
    let dead = try FreePorts.one()
    for url in [cluster.servers[1].url, "redis://127.0.0.1:\(dead),127.0.0.1:\(cluster.servers[2].port)"] {
      let store = RedisStore(try RedisConfiguration(url: url))
      for shard in 0..<12 as Range<Int32> { #expect(try store.position(of: shard) == nil) }
    }
  }
}
