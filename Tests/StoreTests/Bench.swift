import Store
import Synchronization
import TestSupport

/// Where the contract is tested: one suite, every implementation.
enum Backend: String, CaseIterable, Sendable { case memory, redis, cluster }

/// Makes stores that share one set of data, as connections to one server do.
final class Bench {
  private static let made = Atomic<Int>(0)

  let make: () throws -> any RecordStore
  private let server: PrivateRedis?
  private let folder: TemporaryFolder?

  init(_ backend: Backend, appliedLimit: Int = 100) throws {
    var configuration: RedisConfiguration
    switch backend {
    case .memory:
      let database = MemoryDatabase(appliedLimit: appliedLimit)
      server = nil
      folder = nil
      make = { MemoryStore(database) }
      return
    case .redis:
      let folder = try TemporaryFolder()
      let server = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
      try server.start()
      configuration = server.configuration
      self.server = server
      self.folder = folder
    case .cluster:
      // One cluster for all, since it takes its seconds to start; each bench has keys of its own.
      configuration = try RedisConfiguration(url: SharedCluster.get().url)
      configuration.keyPrefix = "bench\(Self.made.add(1, ordering: .relaxed).newValue):"
      server = nil
      folder = nil
    }
    configuration.appliedLimit = appliedLimit
    make = { [configuration] in RedisStore(configuration) }
  }

  /// Stops the server; also what keeps the bench alive until then.
  func close() { server?.stop() }
}

func batch(from expected: ShardPosition?, to next: Int64, shard: Int32 = 3) -> ShardBatch {
  let sequence = (expected?.sequence ?? 0) + 1
  return ShardBatch(
    shard: shard, expected: expected, next: ShardPosition(log: "log a", nextOffset: next, sequence: sequence))
}
