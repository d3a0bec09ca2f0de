import Foundation
import Store
import TestSupport
import Testing

/// A master with a replica, as processes.
@Suite struct RedisReplicaTests {
  let folder: TemporaryFolder
  let master: RedisServer
  let replica: RedisServer
  let link: TCPProxy

  init() throws {
    folder = try TemporaryFolder()
    master = try RedisServer(in: folder, name: "master", extra: ["--repl-diskless-sync-delay", "0"])
    try master.start()
    link = try TCPProxy(target: master.port)
    replica = try RedisServer(in: folder, name: "replica")
    try replica.start()
    try replica.replicate(port: link.port)
  }

  func close() {
    link.close()
    master.kill()
    replica.kill()
  }

  @Test func aBatchCountsAsStoredWhenTheReplicasHaveIt() throws {
    defer { close() }
    var configuration = try RedisConfiguration(url: master.url)
    configuration.waitReplicas = 1
    configuration.commandTimeoutMs = 600
    let store = RedisStore(configuration)
    let behind = RedisStore(try RedisConfiguration(url: replica.url))
    let first = batch(from: nil, to: 1)
    // A slow disk may take longer than one wait; whenever it counts as stored, the replica has it.
    #expect(Waiting.until(seconds: 30) { (try? store.commit(first)) == .committed })
    #expect(try behind.position(of: 3) == first.next)

    link.set(.stall)
    let second = batch(from: first.next, to: 2)
    for attempt in 0..<2 {
      let failure = #expect(throws: StoreError.self, "attempt \(attempt)") { try store.commit(second) }
      #expect(failure?.code == .replicas && failure?.message.contains("0 of 1 replicas") == true)
    }
    // By another connection: what it has not written itself must be waited for as well.
    let other = RedisStore(configuration)
    #expect(throws: StoreError.self) { try other.commit(second) }
    #expect(try behind.position(of: 3) == first.next)
    link.set(.forward)
    #expect(Waiting.until(seconds: 30) { (try? store.commit(second)) == .committed })
    #expect(try behind.position(of: 3) == second.next)
  }

  /// A planned switch-over: the old master lives on as a replica, and so do its connections.
  @Test func aMasterThatHasBecomeAReplicaIsLeft() throws {
    defer { close() }
    let door = try TCPProxy(target: master.port)
    defer { door.close() }
    let store = RedisStore(try RedisConfiguration(url: "redis://127.0.0.1:\(door.port)"))
    let first = batch(from: nil, to: 1)
    #expect(try store.commit(first) == .committed)
    let behind = RedisStore(try RedisConfiguration(url: replica.url))
    #expect(Waiting.until(seconds: 30) { (try? behind.position(of: 3)) == first.next })
    #expect(try replica.client().command("REPLICAOF", "NO", "ONE") == .text("OK"))
    #expect(try master.client().command("REPLICAOF", "127.0.0.1", "\(replica.port)") == .text("OK"))
    door.retarget(replica.port)
    let second = batch(from: first.next, to: 2)
    let failure = #expect(throws: StoreError.self) { try store.commit(second) }
    #expect(failure?.code == .unavailable)
    #expect(try store.commit(second) == .committed)
    #expect(try behind.position(of: 3) == second.next)
  }
}
