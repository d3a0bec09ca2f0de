import Identity
import Store
import TestSupport

@testable import State

/// What a rig must never let pass: done on purpose to a state at rest, so that a test sees the comparison find it.
public enum Sabotage: Sendable, CaseIterable {
  /// One applied event is taken out of its user's record.
  case dropApplied
  /// One is applied a second time.
  case applyTwice
  /// One is acknowledged that the log does not hold.
  case loseAcknowledged
  /// One is learned a second time by every server.
  case learnTwice

  /// Only between `FaultRig.verify` and `goOn`; nothing heals it but `undo` for the first two.
  func strike(_ rig: FaultRig) throws -> () throws -> Void {
    switch self {
    case .dropApplied: return try change(rig) { record, _ in record.eventCount -= 1 }
    case .applyTwice:
      return try change(rig) { record, entry in
        guard let last = record.history.last else { return }
        let event = Interaction(
          item: last.item, typeCode: last.typeCode, signal: last.signal, grade: last.grade, timeMs: last.timeMs)
        _ = record.apply(event, userHash: 1, entry: &entry)
      }
    case .loseAcknowledged:
      rig.ledger.acknowledged(SourceEvent(serial: -1, user: "nobody", payload: ""))
      return {}
    case .learnTwice:
      try learnAgain(rig)
      return {}
    }
  }

  /// - Returns: writes the record as it was.
  private func change(
    _ rig: FaultRig, _ body: (inout UserRecord, inout AppliedEntry) -> Void
  ) throws -> () throws -> Void {
    let (id, shard) = try someUser(rig)
    guard let stored = try rig.store.read(shard: shard, id: id) else { throw TestToolError("the user is gone") }
    var record = try stored.hot.withUnsafeBytes { hot in
      try stored.past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
    }
    var entry = AppliedEntry.reusable()
    body(&record, &entry)
    var hot = ByteWriter()
    RecordCodec.encodeHot(record, into: &hot)
    let extent = try stored.hot.withUnsafeBytes { hot in
      try stored.past.withUnsafeBytes { StoredExtent(try RecordCodec.decode(hot: hot, past: $0)) }
    }
    let past: PastWrite =
      switch RecordCodec.pastChange(of: record, stored: extent) {
      case .none: .none
      case .append(let bytes): .append(bytes)
      case .replace(let bytes): .replace(bytes)
      }
    try write(rig, shard, UserWrite(id: id, hot: hot.bytes, past: past))
    return { try write(rig, shard, UserWrite(id: id, hot: stored.hot, past: .replace(stored.past))) }
  }

  /// A user of whom the log has something to count.
  private func someUser(_ rig: FaultRig) throws -> (id: [UInt8], shard: Int32) {
    let name = rig.fold.users.sorted { $0.key < $1.key }.first { $0.value.interactions > 1 }?.key
    guard let name else { throw TestToolError("nobody has two events yet") }
    let id = Array(name.utf8)
    return (id, id.withUnsafeBytes { Partitioner.partition(of: $0, partitions: FaultRig.shards) })
  }

  /// One batch of no record of the log.
  private func write(
    _ rig: FaultRig, _ shard: Int32, _ user: UserWrite?, applied: AppliedEntry? = nil, item: String = ""
  ) throws {
    guard let position = try rig.store.position(of: shard) else { throw TestToolError("shard \(shard) is empty") }
    var next = position
    next.sequence += 1
    var batch = ShardBatch(shard: shard, expected: position, next: next)
    batch.users = user.map { [$0] } ?? []
    var bytes = ByteWriter()
    let end = position.nextOffset + (applied == nil ? 0 : 1)
    AppliedCodec.begin(
      &bytes, AppliedRange(log: AppliedRange.logHash(of: position.log), start: position.nextOffset, end: end))
    if let applied {
      var item = item
      item.withUTF8 {
        AppliedCodec.append(applied, place: 0, itemID: UnsafeRawBufferPointer($0), form: .integer, to: &bytes)
      }
    }
    batch.applied = bytes.bytes
    guard try rig.store.commit(batch) == .committed else { throw TestToolError("shard \(shard) is written meanwhile") }
  }

  private func learnAgain(_ rig: FaultRig) throws {
    guard let item = rig.fold.items.keys.min() else { throw TestToolError("nothing was learned yet") }
    var entry = AppliedEntry.reusable()
    entry.kind = .interaction
    entry.interaction = Interaction(
      item: ItemKey(EntityID(item, form: .integer)), typeCode: 0, signal: .positive, grade: Grade(4), timeMs: 1)
    try write(rig, 0, nil, applied: entry, item: item)
  }
}

extension FaultRig {
  /// Does it to the state at rest, and says what the comparison finds. The load stands still from then on.
  public func verdict(after sabotage: Sabotage) throws -> Verdict {
    // Before it stands still there must be something to damage: some three seconds of load.
    guard Waiting.until(seconds: 60, everyMs: 50, { (positions()?.values.reduce(0, +) ?? 0) >= 1_000 }) else {
      throw TestToolError("the state holds fewer than 1,000 records after a minute")
    }
    let before = try verify()
    guard before.isGood else { return before }
    let undo = try sabotage.strike(self)
    let verdict = try verify()
    try undo()
    return verdict
  }
}
