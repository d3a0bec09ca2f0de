import Identity
import State
import Store

@testable import Ingest

/// One member of the model: its shards' writers and how far it has read. What it does not know is what the others do.
final class ModelMember {
  private struct Work {
    let writer: ShardWriter
    let log: ModelLog
    var cursor: Int64
    /// Whether the last commit ended in an error: the batch waits.
    var waits = false
  }

  let store: FlakyStore
  private var work: [Int32: Work] = [:]

  init(store: FlakyStore) { self.store = store }

  var shards: [Int32] { work.keys.sorted() }
  func owns(_ shard: Int32) -> Bool { work[shard] != nil }
  func waits(_ shard: Int32) -> Bool { work[shard]?.waits ?? false }
  func rest(_ shard: Int32) -> Int64 { work[shard].map { Int64($0.log.records.count) - $0.cursor } ?? 0 }

  /// Killed: everything that was in memory is gone.
  func crash() { work = [:] }
  func lose(_ shard: Int32) { work[shard] = nil }

  /// Takes the shard, as a member does that was assigned its partition.
  func open(_ shard: Int32, log: ModelLog, cache: UserCache.Limits) throws {
    let writer = ShardWriter(
      shard: shard, log: LogName(log.name, isEphemeral: true), store: store, erasureSalt: 11)
    writer.cache = UserCache(limits: cache)
    work[shard] = nil
    let cursor = try writer.open() ?? 0
    work[shard] = Work(writer: writer, log: log, cursor: cursor)
  }

  /// Opens the same writer again: its cache goes, its memory of the position is refreshed. A log that was replaced is
  /// never read from its start again: its broker is gone.
  func reopen(_ shard: Int32, newest: ModelLog) throws {
    guard let own = work[shard] else { return }
    guard own.log.name == newest.name else { return lose(shard) }
    let cursor: Int64
    do { cursor = try own.writer.open() ?? 0 } catch {
      work[shard] = nil
      throw error
    }
    work[shard]?.cursor = cursor
    work[shard]?.waits = false
  }

  /// Reads up to `count` records of the log into the writer.
  func add(_ shard: Int32, count: Int64) {
    guard let own = work[shard] else { return }
    let end = min(Int64(own.log.records.count), own.cursor + count)
    for offset in stride(from: own.cursor, to: end, by: 1) {
      Self.add(own.log.records[Int(offset)], at: offset, to: own.writer)
    }
    work[shard]?.cursor = end
  }

  /// - Returns: nil where the store failed: the batch waits.
  func commit(_ shard: Int32) -> CommitOutcome? {
    guard let own = work[shard] else { return nil }
    do {
      let outcome = try own.writer.commit(nextOffset: own.cursor, observer: SilentApplyObserver())
      work[shard]?.waits = false
      // Another owner: what this one knows is worth nothing now.
      if outcome != .committed { work[shard] = nil }
      return outcome
    } catch {
      work[shard]?.waits = true
      return nil
    }
  }

  private static func add(_ record: ModelRecord, at offset: Int64, to writer: ShardWriter) {
    func user(_ number: Int, _ body: (UnsafeRawBufferPointer, UInt64) -> Bool) {
      let isTaken = ModelLog.userID(number).withUnsafeBytes { body($0, Hash64.of($0)) }
      precondition(isTaken, "two of the model's ids have one hash")
    }
    switch record {
    case .bad: break
    case .erasure(let number):
      user(number) { writer.erase(user: $0, userHash: $1, timeMs: 0, offset: offset) }
    case .impression(let number, let timeMs, let eventHash):
      user(number) {
        writer.impression(user: $0, userHash: $1, shown: [], timeMs: timeMs, eventHash: eventHash, offset: offset)
      }
    case .profile(let number, let attributes, let timeMs, let eventHash):
      user(number) {
        writer.profile(
          user: $0, userHash: $1, attributes: attributes, timeMs: timeMs, eventHash: eventHash, offset: offset)
      }
    case .interaction(let number, let item, let interaction):
      user(number) { id, hash in
        ModelLog.itemID(item).withUnsafeBytes {
          writer.interaction(user: id, userHash: hash, interaction, item: $0, itemForm: .string, offset: offset)
        }
      }
    }
  }
}
