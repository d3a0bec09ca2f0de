/// One Redis server through one connection: the commands of the store, without any question of which server it is.
/// One thread.
final class RedisNode {
  /// A transaction is also refused when its watched key is written without a change (a slot that is moved away and
  /// back): where the shard still stands where it should, it is tried again, so often in all.
  private static let attempts = 3

  let connection: RedisConnection
  var buffer = RedisBuffer()
  /// The shard whose position key is being watched, what it held then, and in which connection.
  private var watched: (shard: Int32, position: ShardPosition?, generation: Int)?

  init(_ configuration: RedisConfiguration) { connection = RedisConnection(configuration) }

  /// Runs `body` with ASKING before each command: for keys that are on their way to this node.
  func asking<R>(_ body: (RedisNode) throws(StoreError) -> R) throws(StoreError) -> R {
    buffer.isAsking = true
    defer { buffer.isAsking = false }
    return try body(self)
  }

  // MARK: the atomic step

  func commit(_ batch: ShardBatch, _ keys: ShardKeys) throws(StoreError) -> CommitOutcome {
    for _ in 0..<Self.attempts {
      let position = try watch(batch, keys)
      if position == batch.next {
        try confirm()
        return .committed
      }
      guard position == batch.expected else {
        try unwatch()
        return .fenced(position)
      }
      if try execute(batch, keys) { return .committed }
    }
    return .fenced(try position(keys))
  }

  /// Watches the shard's position and returns it. The watch that rode on the last batch is used where it promises
  /// success: it may be old, and a batch must not be refused for what was true some time ago.
  private func watch(_ batch: ShardBatch, _ keys: ShardKeys) throws(StoreError) -> ShardPosition? {
    if let watched, watched.shard == batch.shard, watched.generation == connection.generation,
      watched.position == batch.expected
    {
      return watched.position
    }
    buffer.removeAll()
    buffer.command("UNWATCH", reply: .none)
    buffer.command("WATCH", [keys.offset], reply: .none)
    buffer.command("GET", [keys.offset])
    let replies = try exchange()
    if let text = connection.droppedError { throw refused(text) }
    let position = try self.position(replies[0])
    watched = (batch.shard, position, connection.generation)
    return position
  }

  private func unwatch() throws(StoreError) {
    watched = nil
    buffer.removeAll()
    buffer.command("UNWATCH", reply: .none)
    _ = try exchange()
  }

  /// MULTI ... EXEC, and the WATCH and GET of the next batch in the same round trip. False when the watched key moved.
  private func execute(_ batch: ShardBatch, _ keys: ShardKeys) throws(StoreError) -> Bool {
    buffer.removeAll()
    buffer.transaction(batch, keys, appliedLimit: connection.configuration.appliedLimit)
    buffer.command("WATCH", [keys.offset], reply: .none)
    buffer.command("GET", [keys.offset])
    let isWaiting = connection.configuration.waitReplicas > 0
    if isWaiting { wait() }
    watched = nil
    let replies = try exchange()
    switch replies[0] {
    case .done: break
    case .null: return false
    // EXEC only says that something was wrong with an earlier command; that one's error says what.
    case .error(let text): throw refused(text.hasPrefix("EXECABORT") ? connection.droppedError ?? text : text)
    default: throw unexpected("EXEC")
    }
    // The batch is stored. What came behind it is for the next one: without it, that one begins with a watch of its own.
    if connection.droppedError == nil, let position = try? position(replies[1]) {
      watched = (batch.shard, position, connection.generation)
    }
    if isWaiting { try check(replies[2]) }
    return true
  }

  /// WAIT: for replicas to have what this connection has seen so far.
  private func wait() {
    let configuration = connection.configuration
    buffer.command(
      "WAIT", [Array(String(configuration.waitReplicas).utf8), Array(String(configuration.waitReplicasMs).utf8)])
  }

  /// For a batch that was stored by an earlier attempt, on whatever connection: the position was read on this one, and
  /// WAIT is about everything up to there.
  private func confirm() throws(StoreError) {
    guard connection.configuration.waitReplicas > 0 else { return }
    buffer.removeAll()
    wait()
    try check(try exchange()[0])
  }

  private func check(_ reply: RedisReply) throws(StoreError) {
    let wanted = connection.configuration.waitReplicas
    switch reply {
    case .integer(let count) where count >= Int64(wanted): return
    case .integer(let count):
      throw StoreError(
        .replicas,
        "\(connection.configuration.description): \(count) of \(wanted) replicas have the batch after "
          + "\(connection.configuration.waitReplicasMs) ms; look at INFO replication, or lower redis.wait-replicas")
    case .error(let text): throw refused(text)
    default: throw unexpected("WAIT")
    }
  }

  // MARK: replies

  func exchange() throws(StoreError) -> [RedisReply] { try connection.exchange(buffer) }

  /// The only reply of the buffer; an error is thrown.
  func reply() throws(StoreError) -> RedisReply {
    let reply = try exchange()[0]
    if case .error(let text) = reply { throw refused(text) }
    return reply
  }

  func refused(_ text: String) -> StoreError {
    StoreError(answer: text, from: connection.configuration.description)
  }

  func unexpected(_ command: String) -> StoreError {
    StoreError(.unexpected, "\(connection.configuration.description): \(command) answered what it never should")
  }

  func position(_ reply: RedisReply) throws(StoreError) -> ShardPosition? {
    switch reply {
    case .bytes(let bytes): return try ShardPosition(bytes: bytes)
    case .error(let text): throw refused(text)
    default: return nil
    }
  }
}

extension RedisReply {
  /// The bytes of a string; none for anything else.
  var text: [UInt8] {
    if case .bytes(let bytes) = self { return bytes }
    return []
  }
}
