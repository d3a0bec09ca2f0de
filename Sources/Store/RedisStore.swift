/// The store in Redis (7.0 or later), through one connection. One thread.
public final class RedisStore: RecordStore {
  /// A fenced batch that turns out not to be: another shard's watched key changed. Tried again this often.
  private static let attempts = 3
  /// Users that one SCAN step looks at.
  private static let scanCount = "1000"

  private let connection: RedisConnection
  private let keys: StoreKeys
  private var buffer = RedisBuffer()
  /// The shard whose position key is being watched, what it held then, and in which connection.
  private var watched: (shard: Int32, position: ShardPosition?, generation: Int)?

  public init(_ configuration: RedisConfiguration) {
    connection = RedisConnection(configuration)
    keys = StoreKeys(prefix: configuration.keyPrefix)
  }

  public func position(of shard: Int32) throws(StoreError) -> ShardPosition? {
    buffer.removeAll()
    buffer.command("GET", [keys.offset(shard)])
    return try Self.position(try reply())
  }

  // MARK: the atomic step

  public func commit(_ batch: ShardBatch) throws(StoreError) -> CommitOutcome {
    for _ in 0..<Self.attempts {
      let position = try watch(batch.shard)
      if position == batch.next { return .committed }
      guard position == batch.expected else {
        try unwatch()
        return .fenced(position)
      }
      if try execute(batch) { return .committed }
    }
    return .fenced(try position(of: batch.shard))
  }

  /// Watches the shard's position and returns it; the watch of the last batch is used where it is this shard's.
  private func watch(_ shard: Int32) throws(StoreError) -> ShardPosition? {
    if let watched, watched.shard == shard, watched.generation == connection.generation {
      return watched.position
    }
    buffer.removeAll()
    buffer.command("WATCH", [keys.offset(shard)])
    buffer.command("GET", [keys.offset(shard)])
    let replies = try exchange()
    let position = try Self.position(replies[1])
    watched = (shard, position, connection.generation)
    return position
  }

  private func unwatch() throws(StoreError) {
    watched = nil
    buffer.removeAll()
    buffer.command("UNWATCH")
    _ = try exchange()
  }

  /// MULTI ... EXEC, and the WATCH and GET of the next batch in the same round trip. False when the watched key moved.
  private func execute(_ batch: ShardBatch) throws(StoreError) -> Bool {
    write(batch)
    watched = nil
    let replies = try exchange()
    let count = replies.count
    switch replies[count - 3] {
    case .array(let results):
      for case .error(let text) in results { throw refused(text) }
    case .null: return false
    case .error(let text): throw refused(text)
    default: throw unexpected("EXEC")
    }
    watched = (batch.shard, try Self.position(replies[count - 1]), connection.generation)
    return true
  }

  private func write(_ batch: ShardBatch) {
    let shard = batch.shard
    buffer.removeAll()
    buffer.command("MULTI")
    // Before the records: an erased user may have come back within the batch.
    for erasure in batch.erasures {
      buffer.command(
        "DEL", [keys.user(shard, erasure.id), keys.past(shard, erasure.id), keys.view(shard, erasure.id)])
      buffer.command(
        "HSET", [keys.erased(shard), Array(String(erasure.mark, radix: 16).utf8), Array(String(erasure.offset).utf8)])
    }
    let views = batch.users.count { $0.view != nil }
    buffer.begin(1 + 2 * (1 + batch.users.count + views))
    buffer.argument("MSET")
    buffer.argument(keys.offset(shard))
    buffer.argument(batch.next.bytes)
    for user in batch.users {
      buffer.argument(keys.user(shard, user.id))
      buffer.argument(user.hot)
      if let view = user.view {
        buffer.argument(keys.view(shard, user.id))
        buffer.argument(view)
      }
    }
    for user in batch.users {
      switch user.past {
      case .none: break
      case .append(let bytes): buffer.command("APPEND", [keys.past(shard, user.id), bytes])
      case .replace(let bytes): buffer.command("SET", [keys.past(shard, user.id), bytes])
      }
    }
    // An empty batch is an entry as well: numbers without a gap are how a follower knows that nothing was trimmed.
    buffer.command(
      "XADD",
      [
        keys.applied(shard), Array("MAXLEN".utf8), Array("~".utf8),
        Array(String(connection.configuration.appliedLimit).utf8), Array("\(batch.next.sequence)-0".utf8),
        Array("b".utf8), batch.applied,
      ])
    buffer.command("EXEC")
    buffer.command("WATCH", [keys.offset(shard)])
    buffer.command("GET", [keys.offset(shard)])
  }

  // MARK: reading

  public func read(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> [StoredUser?] {
    if ids.isEmpty { return [] }
    buffer.removeAll()
    buffer.begin(1 + 3 * ids.count)
    buffer.argument("MGET")
    for id in ids {
      buffer.argument(keys.user(shard, id))
      buffer.argument(keys.past(shard, id))
      buffer.argument(keys.view(shard, id))
    }
    guard case .array(let values) = try reply(), values.count == 3 * ids.count else { throw unexpected("MGET") }
    return ids.indices.map { place in
      guard case .bytes(let hot) = values[3 * place] else { return nil }
      return StoredUser(hot: hot, past: Self.bytes(values[3 * place + 1]), view: Self.bytes(values[3 * place + 2]))
    }
  }

  public func applied(shard: Int32, after sequence: UInt64, limit: Int) throws(StoreError) -> AppliedSlice {
    buffer.removeAll()
    buffer.command(
      "XRANGE",
      [
        keys.applied(shard), Array("(\(sequence)-0".utf8), Array("+".utf8), Array("COUNT".utf8),
        Array(String(limit).utf8),
      ])
    guard case .array(let entries) = try reply() else { throw unexpected("XRANGE") }
    var slice = AppliedSlice()
    for entry in entries {
      guard case .array(let parts) = entry, parts.count == 2, case .bytes(let id) = parts[0],
        case .array(let fields) = parts[1], fields.count == 2, case .bytes(let bytes) = fields[1],
        let number = UInt64(String(decoding: id.prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self))
      else { throw unexpected("XRANGE") }
      let last = slice.batches.last?.sequence ?? sequence
      guard number == last + 1 else {
        if slice.batches.isEmpty { slice.trimmedTo = number }
        break
      }
      slice.batches.append((number, bytes))
    }
    return slice
  }

  public func erasures(shard: Int32, marks: [UInt64]) throws(StoreError) -> [Int64?] {
    if marks.isEmpty { return [] }
    buffer.removeAll()
    buffer.command("HMGET", [keys.erased(shard)] + marks.map { Array(String($0, radix: 16).utf8) })
    guard case .array(let values) = try reply(), values.count == marks.count else { throw unexpected("HMGET") }
    return values.map { value in
      guard case .bytes(let text) = value else { return nil }
      return Int64(String(decoding: text, as: UTF8.self))
    }
  }

  public func put(_ values: [(name: String, bytes: [UInt8])]) throws(StoreError) {
    if values.isEmpty { return }
    buffer.removeAll()
    // One SET each, not MSET: on a cluster they lie on different nodes.
    for value in values { buffer.command("SET", [keys.named(value.name), value.bytes]) }
    for case .error(let text) in try exchange() { throw refused(text) }
  }

  public func get(_ name: String) throws(StoreError) -> [UInt8]? {
    buffer.removeAll()
    buffer.command("GET", [keys.named(name)])
    guard case .bytes(let bytes) = try reply() else { return nil }
    return bytes
  }

  public func putIfAbsent(_ name: String, _ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    buffer.removeAll()
    buffer.command("SET", [keys.named(name), bytes, Array("NX".utf8)])
    buffer.command("GET", [keys.named(name)])
    let replies = try exchange()
    for case .error(let text) in replies { throw refused(text) }
    guard case .bytes(let present) = replies[1] else { throw unexpected("GET") }
    return present
  }

  public func forEachUser(shard: Int32, _ body: ([UInt8], StoredUser) -> Void) throws(StoreError) {
    var cursor = Array("0".utf8)
    // SCAN may give a key twice.
    var seen: Set<[UInt8]> = []
    repeat {
      buffer.removeAll()
      buffer.command(
        "SCAN",
        [cursor, Array("MATCH".utf8), keys.userPattern(shard), Array("COUNT".utf8), Array(Self.scanCount.utf8)])
      guard case .array(let parts) = try reply(), parts.count == 2, case .bytes(let next) = parts[0],
        case .array(let found) = parts[1]
      else { throw unexpected("SCAN") }
      cursor = next
      let ids = found.map { keys.userID(shard, of: Self.bytes($0)) }.filter { seen.insert($0).inserted }
      for (id, user) in zip(ids, try read(shard: shard, ids: ids)) { if let user { body(id, user) } }
    } while cursor != Array("0".utf8)
  }

  /// What the server says of itself: `INFO`'s fields and the eviction policy, for `freshet doctor`.
  public func information() throws(StoreError) -> [String: String] {
    buffer.removeAll()
    buffer.command("INFO")
    guard case .bytes(let text) = try reply() else { throw unexpected("INFO") }
    var fields: [String: String] = [:]
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
    return fields
  }

  // MARK: replies

  private func exchange() throws(StoreError) -> [RedisReply] { try connection.exchange(buffer) }

  private func reply() throws(StoreError) -> RedisReply {
    let reply = try exchange()[0]
    if case .error(let text) = reply { throw refused(text) }
    return reply
  }

  private func refused(_ text: String) -> StoreError {
    StoreError(.refused, "\(connection.configuration.description) answered: \(text)")
  }

  private func unexpected(_ command: String) -> StoreError {
    StoreError(.unexpected, "\(connection.configuration.description): \(command) answered what it never should")
  }

  private static func bytes(_ reply: RedisReply) -> [UInt8] {
    if case .bytes(let bytes) = reply { return bytes }
    return []
  }

  private static func position(_ reply: RedisReply) throws(StoreError) -> ShardPosition? {
    switch reply {
    case .bytes(let bytes): return try ShardPosition(bytes: bytes)
    case .error(let text): throw StoreError(.refused, text)
    default: return nil
    }
  }
}
