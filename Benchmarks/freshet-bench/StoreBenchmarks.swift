import Foundation
import Store

extension Suite {
  private static let batch = 500

  static let store: [Benchmark] = [
    Benchmark("Redis commit, 500 records a batch", operations: batch, clock: .process) {
      let bench = try CommitBench()
      return { try bench.commit() }
    }
  ]

  /// A private redis-server, and batches as ingestion writes them at a high rate: records of 100,000 users at random, 250
  /// bytes each; one in 32 appends a sealed block of 420; 150 bytes of applied entries a record. native.md section 4 has the
  /// same step in C.
  private final class CommitBench {
    private let folder: String
    private let server: PrivateRedis
    private let store: RedisStore
    private let batches: [ShardBatch]
    private var position: ShardPosition?

    init() throws {
      folder = FileManager.default.temporaryDirectory.path + "/freshet-bench-\(UUID().uuidString.prefix(8))"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      server = try PrivateRedis(stateFolder: folder, sync: .everysec)
      try server.start()
      store = RedisStore(server.configuration)
      batches = Self.batches()
    }

    deinit {
      server.stop()
      // A folder that stays behind in the temporary directory does no harm.
      try? FileManager.default.removeItem(atPath: folder)
    }

    private static func batches() -> [ShardBatch] {
      var random = SplitMix(state: 9)
      let ids = (0..<100_000).map { Array("user-\($0)".utf8) }
      let hot = [UInt8](repeating: 7, count: 250)
      let block = [UInt8](repeating: 8, count: 420)
      return (0..<16).map { number in
        let start = ShardPosition(log: "", nextOffset: 0, sequence: 0)
        var batch = ShardBatch(shard: 5, expected: nil, next: start)
        var chosen: Set<Int> = []
        while chosen.count < Suite.batch { chosen.insert(Int.random(in: 0..<ids.count, using: &random)) }
        batch.users = chosen.sorted().enumerated().map { place, user in
          UserWrite(id: ids[user], hot: hot, past: (place + number) % 32 == 0 ? .append(block) : .none)
        }
        batch.applied = [UInt8](repeating: 9, count: 150 * Suite.batch)
        return batch
      }
    }

    func commit() throws {
      let sequence = (position?.sequence ?? 0) + 1
      var batch = batches[Int(sequence) % batches.count]
      batch.expected = position
      batch.next = ShardPosition(log: "bench", nextOffset: Int64(sequence) * Int64(Suite.batch), sequence: sequence)
      guard try store.commit(batch) == .committed else { throw BenchmarkError("a batch was refused") }
      position = batch.next
    }
  }
}
