import Foundation
import Store
import TestSupport
import Testing

@testable import Ingest

/// Seeded random sequences of batches, crashes, outages, lost and contested shards against a reference fold: the
/// state's digest and the applied entries are equal wherever the store says that it stands. A failure prints its seed
/// and its trace; a seed runs the same again.
@Suite struct ModelTests {
  private func total(_ seeds: Range<UInt64>, _ run: (UInt64) throws -> ModelCounts) throws -> ModelCounts {
    var sum = ModelCounts()
    for seed in seeds {
      let counts = try run(seed)
      sum.commits += counts.commits
      sum.fenced += counts.fenced
      sum.failed += counts.failed
      sum.crashes += counts.crashes
      sum.outages += counts.outages
      sum.logsMadeAnew += counts.logsMadeAnew
    }
    return sum
  }

  @Test(arguments: 0..<8) func thousandsOfSequencesInMemory(part: Int) throws {
    let first = UInt64(part) * 500
    let counts = try total(first..<first + 500) { seed in
      let database = MemoryDatabase(appliedLimit: .max)
      var run = try ModelRun(seed: seed) { MemoryStore(database) }
      try run.run(steps: 80)
      return run.counts
    }
    #expect(counts.commits > 5_000 && counts.fenced > 500 && counts.failed > 500 && counts.logsMadeAnew > 20)
  }

  /// Long histories: sealed blocks, and the oldest forgotten.
  @Test(arguments: 0..<6 as Range<UInt64>) func usersOfThousandsOfEvents(seed: UInt64) throws {
    var mix = ModelLog.Mix()
    mix.records = 9_000
    mix.users = 1
    mix.erasures = seed < 3 ? 0 : 1
    let database = MemoryDatabase(appliedLimit: .max)
    var run = try ModelRun(seed: seed, mix: mix) { MemoryStore(database) }
    try run.run(steps: 400)
  }

  @Test func aShareOnRealRedis() throws {
    let server = try RedisServer(in: TemporaryFolder(), appendFsync: "everysec")
    try server.start()
    let counts = try total(0..<80) { seed in
      let configuration = try configuration(server.url, prefix: "run\(seed):")
      var run = try ModelRun(seed: seed) { RedisStore(configuration) }
      try run.run(steps: 60)
      return run.counts
    }
    #expect(counts.commits > 800 && counts.fenced > 50 && counts.failed > 50)
  }

  @Test func onARedisClusterAsWell() throws {
    let cluster = try SharedCluster.get()
    for seed in 0..<20 as Range<UInt64> {
      let configuration = try configuration(cluster.url, prefix: "run\(seed):")
      var run = try ModelRun(seed: seed) { RedisStore(configuration) }
      try run.run(steps: 60)
    }
  }

  @Test(arguments: 0..<3 as Range<UInt64>) func whileRedisIsKilledAgainAndAgain(seed: UInt64) throws {
    let server = try RedisServer(in: TemporaryFolder(), appendFsync: "always")
    try server.start()
    var kills = 0
    let configuration = try configuration(server.url, prefix: "run:")
    var run = try ModelRun(seed: seed) { RedisStore(configuration) }
    try run.run(steps: 150) {
      server.kill()
      try server.start()
      kills += 1
    }
    #expect(kills > 1)
  }

  private func configuration(_ url: String, prefix: String) throws -> RedisConfiguration {
    var configuration = try RedisConfiguration(url: url)
    configuration.keyPrefix = prefix
    configuration.appliedLimit = 1_000_000
    return configuration
  }
}
