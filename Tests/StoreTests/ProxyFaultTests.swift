import Foundation
import Store
import Synchronization
import TestSupport
import Testing

/// A store whose network breaks at random moments.
@Suite struct ProxyFaultTests {
  @Test(arguments: [1, 2, 3] as [UInt64]) func everyBatchIsStoredOnceWhateverTheNetworkDoes(seed: UInt64) throws {
    let server = try RedisServer(in: TemporaryFolder(), appendFsync: "everysec")
    try server.start()
    let proxy = try TCPProxy(target: server.port)
    defer { proxy.close() }
    var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(proxy.port)")
    configuration.commandTimeoutMs = 100
    let store = RedisStore(configuration)
    let broken = Atomic<Bool>(false)
    let thread = Thread {
      var random = SeededRandom(seed: seed)
      let modes: [TCPProxy.Mode] = [.stall, .reset, .delay(milliseconds: 3), .delay(milliseconds: 150)]
      for _ in 0..<30 {
        usleep(UInt32.random(in: 0..<10_000, using: &random))
        proxy.set(modes.randomElement(using: &random) ?? .stall)
        usleep(UInt32.random(in: 0..<60_000, using: &random))
        proxy.set(.forward)
        if Bool.random(using: &random) { proxy.resetConnections() }
      }
      broken.store(true, ordering: .releasing)
    }
    thread.start()

    var position: ShardPosition?
    var written: [UInt8] = []
    var failures = 0
    while !broken.load(ordering: .acquiring) || written.isEmpty {
      let value = UInt8(truncatingIfNeeded: written.count)
      written.append(value)
      var next = batch(from: position, to: Int64(written.count))
      next.users = [UserWrite(id: [1], hot: [value], past: .append([value]))]
      let stored = Waiting.until(seconds: 60, everyMs: 1) {
        do { return try store.commit(next) == .committed } catch {
          failures += 1
          return false
        }
      }
      try #require(stored, "seed \(seed), batch \(written.count)")
      position = next.next
      usleep(200)
    }
    let direct = RedisStore(try RedisConfiguration(url: server.url))
    #expect(try direct.read(shard: 3, id: [1])?.past == written, "seed \(seed)")
    #expect(try direct.position(of: 3)?.sequence == UInt64(written.count), "seed \(seed)")
    #expect(failures > 0, "seed \(seed): the network never broke")
  }

  @Test func aStalledServerIsATimeOutAndAResetIsNoticedAtOnce() throws {
    let server = try RedisServer(in: TemporaryFolder())
    try server.start()
    let proxy = try TCPProxy(target: server.port)
    defer { proxy.close() }
    var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(proxy.port)")
    configuration.commandTimeoutMs = 100
    let store = RedisStore(configuration)
    try store.put([("a", [1])])
    for mode in [TCPProxy.Mode.stall, .reset] {
      proxy.set(mode)
      let failure = #expect(throws: StoreError.self) { try store.get("a") }
      #expect(failure?.code == .unavailable)
      proxy.set(.forward)
      #expect(Waiting.until { (try? store.get("a")) == [1] })
    }
  }
}
