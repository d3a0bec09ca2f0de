import Foundation
import State
import Store

extension Suite {
  private static let batch = 500

  static let store: [Benchmark] = [
    Benchmark("Redis commit, batch of 500 events", operations: batch, clock: .process) {
      let bench = try CommitBench(events: batch)
      return { try bench.commit() }
    }
  ]

  /// A private redis-server, and batches as ingestion writes them: each user touched once, the applied entries in one blob.
  private final class CommitBench {
    private let folder: String
    private let server: PrivateRedis
    private let store: RedisStore
    private let batches: [(users: [UserWrite], applied: [UInt8])]
    private var position: ShardPosition?
    private var turn = 0

    init(events: Int) throws {
      folder = FileManager.default.temporaryDirectory.path + "/freshet-bench-\(UUID().uuidString.prefix(8))"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      server = try PrivateRedis(stateFolder: folder, sync: .everysec)
      try server.start()
      store = RedisStore(server.configuration)
      batches = Self.batches(of: events)
    }

    deinit {
      server.stop()
      // A folder that stays behind in the temporary directory does no harm.
      try? FileManager.default.removeItem(atPath: folder)
    }

    private static func batches(of count: Int) -> [(users: [UserWrite], applied: [UInt8])] {
      let world = World()
      let (users, _, entries) = world.fold(keepingEntries: true)
      var writer = ByteWriter()
      let hots = users.map { record -> [UInt8] in
        RecordCodec.encodeHot(record, into: &writer)
        return writer.bytes
      }
      return (0..<8).map { turn in
        let range = turn * count..<(turn + 1) * count
        AppliedCodec.begin(&writer)
        for place in range {
          let id = Array(world.items[world.events[place].item].text.utf8)
          id.withUnsafeBytes { AppliedCodec.append(entries[place], itemID: $0, form: .integer, to: &writer) }
        }
        let touched = Set(range.map { world.events[$0].user }).sorted()
        return (touched.map { UserWrite(id: Array(String($0).utf8), hot: hots[$0]) }, writer.bytes)
      }
    }

    func commit() throws {
      let sequence = (position?.sequence ?? 0) + 1
      let next = ShardPosition(log: "bench", nextOffset: Int64(sequence) * Int64(Suite.batch), sequence: sequence)
      var batch = ShardBatch(shard: 0, expected: position, next: next)
      batch.users = batches[turn % batches.count].users
      batch.applied = batches[turn % batches.count].applied
      guard try store.commit(batch) == .committed else { throw BenchmarkError("a batch was refused") }
      position = next
      turn += 1
    }
  }
}
