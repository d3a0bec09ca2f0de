import Events
import Identity
import Ingest
import JSON
import Settings
import State
import Store

/// `freshet state hash` and `freshet state show USER`.
struct StateCommand {
  private let settings: FreshetSettings
  private let action: FreshetCommand.StateAction

  init(_ settings: FreshetSettings, _ action: FreshetCommand.StateAction) {
    self.settings = settings
    self.action = action
  }

  func run() throws {
    try StoreSession.with(settings) { session in
      switch action {
      case .hash: Output.print(try hash(session))
      case .show(let user): Output.print(try show(EntityID(user), session))
      }
    }
  }

  private func hash(_ session: StoreSession) throws -> String {
    let digest = try StateDigest(of: session.store, shards: session.shards)
    return settings.state.perShard ? "\(digest.perShard)\n\(digest)\n" : "\(digest)\n"
  }

  private func show(_ user: EntityID, _ session: StoreSession) throws -> String {
    let shard = Partitioner.partition(of: user, partitions: Int32(session.shards.count))
    let stored = try session.store.read(shard: shard, id: Array(user.text.utf8))
    guard let stored else {
      throw CommandError(
        "user \"\(user)\" has no record in shard \(shard) of \(session.address): no event of theirs was applied, or "
          + "kafka.partitions (\(session.shards.count)) is not what the state was built with")
    }
    let record = try stored.hot.withUnsafeBytes { hot in
      try stored.past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
    }
    let types = try EventTypes(weights: settings.events.weights)
    return String(decoding: UserRecordText.json(record, of: user, shard: shard, types: types), as: UTF8.self) + "\n"
  }
}

/// A user's record for people and for jq. Items stand under their 64-bit keys: the record holds no more of them.
enum UserRecordText {
  static func json(_ record: UserRecord, of user: EntityID, shard: Int32, types: EventTypes) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("user_id")
    writer.string(user.text)
    writer.key("shard")
    writer.integer(shard)
    for (name, value) in counts(record) {
      writer.key(name)
      writer.integer(value)
    }
    writer.key("attributes")
    writer.beginObject()
    for (name, value) in record.attributes.sorted(by: { $0.key < $1.key }) {
      writer.key(name)
      switch value {
      case .text(let text): writer.string(text)
      case .number(let number): writer.number(number)
      case .flag(let flag): writer.boolean(flag)
      }
    }
    writer.endObject()
    writer.key("history")
    writer.beginArray()
    for entry in record.history.reversed() { write(entry, types, into: &writer) }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  private static func counts(_ record: UserRecord) -> [(String, Int64)] {
    [
      ("events", Int64(clamping: record.eventCount)), ("positives", Int64(clamping: record.positiveCount)),
      ("impressions", Int64(clamping: record.impressionCount)), ("late_events", Int64(clamping: record.lateCount)),
      ("first_event_ms", record.firstMs), ("last_event_ms", record.lastMs),
    ]
  }

  private static func write(_ entry: HistoryEntry, _ types: EventTypes, into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("item_key")
    writer.string(String(entry.item.rawValue, radix: 16))
    writer.key("type")
    let code = Int(entry.typeCode)
    if code < types.count { writer.string(types.names[code]) } else { writer.integer(code) }
    writer.key("signal")
    writer.string("\(entry.signal)")
    writer.key("grade")
    writer.number(entry.grade.value)
    writer.key("time_ms")
    writer.integer(entry.timeMs)
    writer.endObject()
  }
}
