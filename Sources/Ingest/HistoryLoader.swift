import Events
import Identity
import Lifecycle
import Replica
import State
import Store

/// Applies events that stand in no log, by the decoder, the meaning and the shard writers that ingestion has: a data set's
/// history. One thread.
public final class HistoryLoader {
  private let decoder: EventDecoder
  private let meaning: EventMeaning
  private let shards: [ShardWriter]
  /// The number of events of each shard stands for an offset.
  private var offsets: [Int64]
  private let clock = SystemClock()

  /// - Parameters:
  ///   - log: names the history in the shards' positions.
  ///   - store: must be empty.
  /// - Throws: `StoreError`; `IngestError.otherLog` where the store holds another log's state.
  public init(
    rules: EventRules, shards count: Int32, log: LogName, store: any RecordStore, erasureSalt: UInt64
  ) throws {
    decoder = EventDecoder(rules: rules)
    meaning = EventMeaning(rules)
    shards = (0..<count).map { ShardWriter(shard: $0, log: log, store: store, erasureSalt: erasureSalt) }
    offsets = Array(repeating: 0, count: Int(count))
    for shard in shards { _ = try shard.open() }
  }

  /// Takes one event as it would stand in the log. It is applied by the next `commit`.
  /// - Throws: `EventFault` for a payload that ingestion would refuse.
  public func add(_ payload: [UInt8]) throws(EventFault) {
    let fault = payload.withUnsafeBytes { bytes -> EventFault? in
      do throws(EventFault) {
        try decoder.decode(bytes, brokerTimeMs: clock.nowMilliseconds)
        return nil
      } catch {
        return error
      }
    }
    if let fault { throw fault }
    let event = decoder.event
    let shard = Int(Partitioner.partition(of: event.user.bytes, partitions: Int32(shards.count)))
    let isTaken = shards[shard].add(
      event, meaning, eventHash: event.eventID.map { max(1, $0.hash64) } ?? 0, offset: offsets[shard])
    offsets[shard] += 1
    guard isTaken else {
      throw EventFault(
        reason: .inconsistent, field: "user", message: "another user's id has the same 64-bit hash", offset: 0)
    }
  }

  /// Applies and stores what was added: one atomic step a shard.
  /// - Throws: `StoreError`, `IngestError`.
  public func commit(observer: any ApplyObserver) throws {
    for shard in shards where shard.pendingCount > 0 {
      guard try shard.commit(nextOffset: offsets[Int(shard.shard)], observer: observer) == .committed else {
        throw IngestError(.otherLog, "another process writes shard \(shard.shard) of this store: stop it first")
      }
    }
  }

  /// Where whoever has learned all of it stands, by shard.
  public var positions: [Int32: AppliedPosition] {
    var positions: [Int32: AppliedPosition] = [:]
    for shard in shards { positions[shard.shard] = shard.position.map { AppliedPosition($0) } }
    return positions
  }
}
