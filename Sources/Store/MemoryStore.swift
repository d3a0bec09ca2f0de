import Synchronization

/// The data behind any number of `MemoryStore`s: what a Redis server is to its connections.
public final class MemoryDatabase: Sendable {
  struct Shard: Sendable {
    var position: ShardPosition?
    var users: [[UInt8]: StoredUser] = [:]
    var applied: [(sequence: UInt64, bytes: [UInt8])] = []
    var erased: [UInt64: Int64] = [:]
  }

  struct Contents: Sendable {
    var shards: [Int32: Shard] = [:]
    var named: [String: [UInt8]] = [:]
  }

  let contents = Mutex(Contents())
  let appliedLimit: Int

  /// - Parameter appliedLimit: batches kept in each shard's `applied` stream.
  public init(appliedLimit: Int = RedisConfiguration.standardAppliedLimit) { self.appliedLimit = appliedLimit }
}

/// The store in memory: the same promises as Redis, for evaluation and tests; nothing outlives the process.
public final class MemoryStore: RecordStore {
  private let database: MemoryDatabase

  public init(_ database: MemoryDatabase = MemoryDatabase()) { self.database = database }

  public func position(of shard: Int32) throws(StoreError) -> ShardPosition? {
    database.contents.withLock { $0.shards[shard]?.position }
  }

  public func commit(_ batch: ShardBatch) throws(StoreError) -> CommitOutcome {
    database.contents.withLock { contents in
      let position = contents.shards[batch.shard]?.position
      if position == batch.next { return .committed }
      guard position == batch.expected else { return .fenced(position) }
      contents.shards[batch.shard, default: MemoryDatabase.Shard()].apply(batch, limit: database.appliedLimit)
      return .committed
    }
  }

  public func read(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> [StoredUser?] {
    database.contents.withLock { contents in ids.map { contents.shards[shard]?.users[$0] } }
  }

  public func load(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> LoadedUsers {
    database.contents.withLock { contents in
      let shard = contents.shards[shard]
      return LoadedUsers(position: shard?.position, users: ids.map { shard?.users[$0] })
    }
  }

  public func applied(shard: Int32, after sequence: UInt64, limit: Int) throws(StoreError) -> AppliedSlice {
    database.contents.withLock { contents in
      let entries = contents.shards[shard]?.applied ?? []
      let newer = entries.drop { $0.sequence <= sequence }
      var slice = AppliedSlice()
      slice.position = contents.shards[shard]?.position
      if let oldest = newer.first, oldest.sequence != sequence + 1 {
        slice.trimmedTo = oldest.sequence
      } else {
        slice.batches = Array(newer.prefix(limit))
      }
      return slice
    }
  }

  public func erasures(shard: Int32, marks: [UInt64]) throws(StoreError) -> [Int64?] {
    database.contents.withLock { contents in marks.map { contents.shards[shard]?.erased[$0] } }
  }

  public func put(_ values: [(name: String, bytes: [UInt8])]) throws(StoreError) {
    database.contents.withLock { contents in for value in values { contents.named[value.name] = value.bytes } }
  }

  public func get(_ name: String) throws(StoreError) -> [UInt8]? {
    database.contents.withLock { $0.named[name] }
  }

  public func putIfAbsent(_ name: String, _ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    database.contents.withLock { contents in
      if let present = contents.named[name] { return present }
      contents.named[name] = bytes
      return bytes
    }
  }

  public func forEachUser(shard: Int32, _ body: ([UInt8], StoredUser) -> Void) throws(StoreError) {
    let users = database.contents.withLock { $0.shards[shard]?.users ?? [:] }
    for (id, user) in users { body(id, user) }
  }
}

extension MemoryDatabase.Shard {
  fileprivate mutating func apply(_ batch: ShardBatch, limit: Int) {
    for erasure in batch.erasures {
      users[erasure.id] = nil
      erased[erasure.mark] = erasure.offset
    }
    for write in batch.users {
      var user = users[write.id] ?? StoredUser(hot: [])
      user.hot = write.hot
      switch write.past {
      case .none: break
      case .append(let bytes): user.past += bytes
      case .replace(let bytes): user.past = bytes
      }
      if let view = write.view { user.view = view }
      users[write.id] = user
    }
    // Numbered without a gap even where a batch applied nothing.
    applied.append((batch.next.sequence, batch.applied))
    if applied.count > limit { applied.removeFirst(applied.count - limit) }
    position = batch.next
  }
}
