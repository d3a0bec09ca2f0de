import Identity
import State
import Store

/// The fold as one would write it down: one event after the other, all users in a dictionary, no batches, no store.
struct ReferenceFold {
  private(set) var users: [Int: UserRecord] = [:]
  /// Applied entries of all events so far, in their binary form, with their offsets, without the batches' heads.
  private(set) var applied: [UInt8] = []
  /// The log that is being read, and the next offset in it.
  private(set) var log = ""
  private(set) var offset: Int64 = 0
  private var entry = AppliedEntry.reusable()
  private var writer = ByteWriter(reserving: 512)

  /// Folds on to where a store says that it stands. A position in another log starts that log from its beginning.
  mutating func advance(to position: ShardPosition?, logs: [ModelLog]) {
    guard let position else { return }
    if position.log != log {
      log = position.log
      offset = 0
    }
    guard let records = logs.first(where: { $0.name == log })?.records else { return }
    while offset < position.nextOffset {
      fold(records[Int(offset)])
      offset += 1
    }
  }

  var digest: UInt64 {
    users.reduce(0) { sum, user in
      sum &+ ModelLog.userID(user.key).withUnsafeBytes { user.value.digest(userID: $0) }
    }
  }

  private mutating func fold(_ record: ModelRecord) {
    switch record {
    case .bad: break
    case .erasure(let user):
      users[user] = nil
      entry.kind = .erasure
      entry.userHash = Self.hash(user)
      append(item: [])
    case .interaction(let user, let item, let interaction):
      let outcome = users[user, default: UserRecord()].apply(
        interaction, userHash: Self.hash(user), entry: &entry)
      if outcome == .applied { append(item: ModelLog.itemID(item)) }
    case .impression(let user, let timeMs, let eventHash):
      _ = users[user, default: UserRecord()].applyImpression(timeMs: timeMs, eventHash: eventHash)
    case .profile(let user, let attributes, let timeMs, let eventHash):
      guard users[user, default: UserRecord()].admit(eventHash: eventHash, timeMs: timeMs) == .applied else { return }
      for (name, value) in attributes { users[user]?.setAttribute(name, value) }
    }
  }

  private mutating func append(item: [UInt8]) {
    writer.removeAll()
    item.withUnsafeBytes { AppliedCodec.append(entry, place: offset, itemID: $0, form: .string, to: &writer) }
    applied += writer.bytes
  }

  static func hash(_ user: Int) -> UInt64 { ModelLog.userID(user).withUnsafeBytes { Hash64.of($0) } }
}
