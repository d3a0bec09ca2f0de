import Identity
import State
import Store

/// Which log a member reads, and what is to be done where the state stands in another one.
public struct LogName: Sendable, Equatable {
  /// Cluster and topic.
  public let text: String
  /// The embedded broker starts empty each time: the state goes on, the position starts anew.
  public let isEphemeral: Bool

  public init(_ text: String, isEphemeral: Bool) {
    self.text = text
    self.isEphemeral = isEphemeral
  }
}

/// The one owner of a shard: applies its events in the log's order and stores each batch in one atomic step.
///
/// Use: `open`, then for each batch any number of `interaction`, `impression`, `profile`, `erase` in the order of
/// offsets, then `commit`. After a `StoreError` the same batch is waiting: call `commit` again. After `.fenced` another
/// member owns the shard: nothing was written; call `open` again before going on. One thread.
public final class ShardWriter {
  public let shard: Int32
  let log: LogName
  let store: any RecordStore
  /// Where the shard stands in the store; nil before the first batch.
  public private(set) var position: ShardPosition?
  /// Seeds the hash under which an erased user is remembered.
  let erasureSalt: UInt64
  var cache: UserCache
  var pending = PendingEvents()
  var entry = AppliedEntry.reusable()
  var appliedBytes = ByteWriter(reserving: 64 << 10)
  var hotBytes = ByteWriter(reserving: 1 << 10)
  let logHash: UInt64
  private var batchNumber: UInt64 = 0
  /// A batch that was applied and whose fate the store has not told yet.
  private var unsettled: ShardBatch?

  public init(shard: Int32, log: LogName, store: any RecordStore, erasureSalt: UInt64) {
    self.shard = shard
    self.log = log
    logHash = AppliedRange.logHash(of: log.text)
    self.store = store
    self.erasureSalt = erasureSalt
    cache = UserCache()
  }

  /// Reads where the shard stands, and forgets everything else.
  /// - Returns: the offset to read from; nil for the log's beginning.
  /// - Throws: `StoreError`; `IngestError.otherLog` where the state was built from another log that does not come back.
  public func open() throws -> Int64? {
    cache.removeAll()
    pending.removeAll()
    unsettled = nil
    position = try store.position(of: shard)
    guard let position else { return nil }
    if position.log == log.text { return position.nextOffset }
    if log.isEphemeral { return nil }
    throw IngestError(
      .otherLog,
      "shard \(shard) was built from the log \"\(position.log)\", this one is \"\(log.text)\": the topic was made anew or "
        + "KAFKA_BROKERS names another cluster. Go back to that cluster, or replay this log into an empty store "
        + "(freshet replay --from-log)")
  }

  /// Events that wait for `commit`.
  public var pendingCount: Int { pending.events.count }
  /// Whether a batch was given to the store and its fate is not known yet.
  public var isUnsettled: Bool { unsettled != nil }

  // MARK: adding events

  /// - Returns: false where the user's id collides with another's 64-bit hash: the event must be refused.
  public func interaction(
    user: UnsafeRawBufferPointer, userHash: UInt64, _ interaction: Interaction, item: UnsafeRawBufferPointer,
    itemForm: IDForm, offset: Int64
  ) -> Bool {
    guard let slot = cache.slot(of: user, hash: userHash, batch: batchNumber) else { return false }
    pending.append(
      PendingEvents.Event(
        kind: .interaction, slot: slot, offset: offset, brokerMs: 0, interaction: interaction), item: item,
      form: itemForm)
    return true
  }

  /// - Parameter shown: for the observer; of the list the record keeps nothing.
  public func impression(
    user: UnsafeRawBufferPointer, userHash: UInt64, shown: [ShownPlace], timeMs: Int64, eventHash: UInt64, offset: Int64
  ) -> Bool {
    add(.impression, user, userHash, timeMs: timeMs, eventHash: eventHash, offset: offset, shown: shown)
  }

  public func profile(
    user: UnsafeRawBufferPointer, userHash: UInt64, attributes: [(name: String, value: AttributeValue?)], timeMs: Int64,
    eventHash: UInt64, offset: Int64
  ) -> Bool {
    add(
      .profile, user, userHash, timeMs: timeMs, eventHash: eventHash, offset: offset, attributes: attributes)
  }

  /// The user and all that is stored of the user must go.
  public func erase(user: UnsafeRawBufferPointer, userHash: UInt64, timeMs: Int64, offset: Int64) -> Bool {
    add(.erasure, user, userHash, timeMs: timeMs, eventHash: 0, offset: offset)
  }

  private func add(
    _ kind: PendingEvents.Kind, _ user: UnsafeRawBufferPointer, _ hash: UInt64, timeMs: Int64, eventHash: UInt64,
    offset: Int64, attributes: [(name: String, value: AttributeValue?)] = [], shown: [ShownPlace] = []
  ) -> Bool {
    guard let slot = cache.slot(of: user, hash: hash, batch: batchNumber) else { return false }
    let carrier = Interaction(
      item: ItemKey(rawValue: 0), typeCode: 0, signal: .neutral, grade: Grade(steps: 0), timeMs: timeMs,
      eventHash: eventHash)
    pending.append(
      PendingEvents.Event(kind: kind, slot: slot, offset: offset, brokerMs: timeMs, interaction: carrier),
      attributes: attributes, shown: shown)
    return true
  }

  // MARK: the atomic step

  /// Applies what was added and stores it, with the position, in one step.
  /// - Parameter nextOffset: behind the last record of the batch, whatever became of that record.
  /// - Throws: `StoreError`, after which the same call may be made again; `IngestError` for a damaged record.
  public func commit(nextOffset: Int64, observer: any ApplyObserver) throws -> CommitOutcome {
    if let unsettled {
      let outcome = try settle(unsettled)
      guard outcome == .committed, unsettled.next.nextOffset < nextOffset else { return outcome }
    }
    if let fenced = try loadUsers() {
      cache.removeAll()
      return fenced
    }
    let outcome = try settle(apply(nextOffset: nextOffset, observer: observer))
    cache.trim()
    return outcome
  }

  private func settle(_ batch: ShardBatch) throws(StoreError) -> CommitOutcome {
    unsettled = batch
    let outcome = try store.commit(batch)
    unsettled = nil
    switch outcome {
    case .committed: position = batch.next
    case .fenced: cache.removeAll()
    }
    batchNumber += 1
    return outcome
  }

  /// The first offset that the next batch is about: where the last one of this log has ended.
  var startOffset: Int64 {
    guard let position, position.log == log.text else { return 0 }
    return position.nextOffset
  }

  /// The position behind the batch.
  func nextPosition(_ nextOffset: Int64) -> ShardPosition {
    ShardPosition(log: log.text, nextOffset: nextOffset, sequence: (position?.sequence ?? 0) + 1)
  }
}
