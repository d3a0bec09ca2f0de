import Store
import TestSupport
import Testing

@Suite struct StoreHealthTests {
  private func health(appendFsync: String?, extra: [String] = []) throws -> StoreHealth {
    let server = try RedisServer(in: TemporaryFolder(), appendFsync: appendFsync, extra: extra)
    try server.start()
    return try RedisStore(try RedisConfiguration(url: server.url)).health()
  }

  @Test func aDurableServerHasNoFindings() throws {
    let health = try health(appendFsync: "always")
    #expect(health.findings.isEmpty && health.isReady && !health.isCluster)
    #expect(health.version.first?.isNumber == true && health.servers.count == 1)
  }

  @Test(
    arguments: [
      ("everysec", [], StoreHealth.Severity.notice, "appendfsync everysec"),
      ("no", [], .warning, "appendfsync no"),
      (nil, [], .warning, "no append-only file"),
      ("always", ["--maxmemory-policy", "allkeys-lru"], .warning, "allkeys-lru"),
      ("always", ["--maxmemory-policy", "allkeys-lru", "--maxmemory", "1gb"], .failure, "throws records away"),
      ("always", ["--maxmemory", "1mb"], .warning, "refuses writes"),
    ] as [(String?, [String], StoreHealth.Severity, String)])
  func whatDoesNotKeepThePromisesIsFoundWithItsRemedy(
    appendFsync: String?, extra: [String], severity: StoreHealth.Severity, message: String
  ) throws {
    let health = try health(appendFsync: appendFsync, extra: extra)
    #expect(health.findings.map(\.severity) == [severity])
    #expect(health.findings.first?.message.contains(message) == true)
    #expect(health.findings.first?.remedy.isEmpty == false)
    #expect(health.isReady == (severity != .failure))
  }

  @Test func aClusterIsInspectedNodeByNode() throws {
    let health = try RedisStore(try RedisConfiguration(url: SharedCluster.get().url)).health()
    #expect(health.isCluster && health.isReady && health.servers.count == 3)
    #expect(health.findings.filter { $0.message.contains("no replica") }.count == 3)
  }

  @Test func aServerThatIsNotThereIsAnError() throws {
    let store = RedisStore(try RedisConfiguration(url: "redis://127.0.0.1:\(try FreePorts.one())"))
    let failure = #expect(throws: StoreError.self) { try store.health() }
    #expect(failure?.code == .unavailable)
  }
}
