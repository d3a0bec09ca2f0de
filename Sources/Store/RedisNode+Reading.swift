extension RedisNode {
  /// Keys that one SCAN step looks at.
  private static let scanCount = "1000"

  func position(_ keys: ShardKeys) throws(StoreError) -> ShardPosition? {
    buffer.removeAll()
    buffer.command("GET", [keys.offset])
    return try position(try reply())
  }

  /// Where the shard stands and its users, in the order of `ids`. One atomic look.
  func load(_ ids: [[UInt8]], _ keys: ShardKeys) throws(StoreError) -> LoadedUsers {
    buffer.removeAll()
    buffer.begin(2 + 3 * ids.count)
    buffer.argument("MGET")
    buffer.argument(keys.offset)
    for id in ids {
      buffer.argument(keys.user, id)
      buffer.argument(keys.past, id)
      buffer.argument(keys.view, id)
    }
    guard case .array(let values) = try reply(), values.count == 1 + 3 * ids.count else { throw unexpected("MGET") }
    return try loaded(values)
  }

  /// Reads the position, then hot, past and view of each user.
  func loaded(_ values: [RedisReply]) throws(StoreError) -> LoadedUsers {
    LoadedUsers(
      position: try position(values[0]),
      users: stride(from: 1, to: values.count, by: 3).map { place in
        guard case .bytes(let hot) = values[place] else { return nil }
        return StoredUser(hot: hot, past: values[place + 1].text, view: values[place + 2].text)
      })
  }

  /// Each key by a GET of its own, errors among the replies.
  func getEach(_ keys: [[UInt8]]) throws(StoreError) -> [RedisReply] {
    buffer.removeAll()
    for key in keys { buffer.command("GET", [key]) }
    return try exchange()
  }

  func applied(
    _ keys: ShardKeys, after sequence: UInt64, limit: Int
  ) throws(StoreError) -> AppliedSlice {
    buffer.removeAll()
    // The position first: what is stored in between is a batch more, never one that is missed.
    buffer.command("GET", [keys.offset])
    buffer.command(
      "XRANGE",
      [keys.applied, Array("(\(sequence)-0".utf8), Array("+".utf8), Array("COUNT".utf8), Array(String(limit).utf8)])
    let replies = try exchange()
    for case .error(let text) in replies { throw refused(text) }
    guard case .array(let entries) = replies[1] else { throw unexpected("XRANGE") }
    var slice = AppliedSlice()
    slice.position = try position(replies[0])
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

  func erasures(_ keys: ShardKeys, marks: [UInt64]) throws(StoreError) -> [Int64?] {
    buffer.removeAll()
    buffer.command("HMGET", [keys.erased] + marks.map { Array(String($0, radix: 16).utf8) })
    guard case .array(let values) = try reply(), values.count == marks.count else { throw unexpected("HMGET") }
    return values.map { value in
      guard case .bytes(let text) = value else { return nil }
      return Int64(String(decoding: text, as: UTF8.self))
    }
  }

  /// One SET each, not MSET: on a cluster they lie in different slots. Errors are among the outcomes.
  func put(_ values: [(key: [UInt8], bytes: [UInt8])]) throws(StoreError) -> [RedisReply] {
    buffer.removeAll()
    for value in values { buffer.command("SET", [value.key, value.bytes], reply: .outcome) }
    return try exchange()
  }

  func get(_ key: [UInt8]) throws(StoreError) -> [UInt8]? {
    buffer.removeAll()
    buffer.command("GET", [key])
    guard case .bytes(let bytes) = try reply() else { return nil }
    return bytes
  }

  func putIfAbsent(_ key: [UInt8], _ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    buffer.removeAll()
    buffer.command("SET", [key, bytes, Array("NX".utf8)], reply: .outcome)
    buffer.command("GET", [key])
    let replies = try exchange()
    for case .error(let text) in replies { throw refused(text) }
    guard case .bytes(let present) = replies[1] else { throw unexpected("GET") }
    return present
  }

  /// Calls `body` with some ids at a time, each once, until every user of the shard was named.
  func scan(_ keys: ShardKeys, _ body: ([[UInt8]]) throws(StoreError) -> Void) throws(StoreError) {
    let start = Array("0".utf8)
    var cursor = start
    // SCAN may give a key twice.
    var seen: Set<[UInt8]> = []
    repeat {
      buffer.removeAll()
      buffer.command(
        "SCAN",
        [cursor, Array("MATCH".utf8), keys.userPattern, Array("COUNT".utf8), Array(Self.scanCount.utf8)])
      guard case .array(let parts) = try reply(), parts.count == 2, case .bytes(let next) = parts[0],
        case .array(let found) = parts[1]
      else { throw unexpected("SCAN") }
      cursor = next
      let ids = found.map { keys.userID(of: $0.text) }.filter { seen.insert($0).inserted }
      if !ids.isEmpty { try body(ids) }
    } while cursor != start
  }

  /// `INFO`'s fields.
  func information() throws(StoreError) -> [String: String] {
    buffer.removeAll()
    buffer.command("INFO")
    return Self.fields(of: try reply())
  }

  static func fields(of reply: RedisReply) -> [String: String] {
    var fields: [String: String] = [:]
    for line in String(decoding: reply.text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
    return fields
  }
}
