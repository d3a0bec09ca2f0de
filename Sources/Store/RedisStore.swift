/// The store in Redis (7.0 or later), a single server or a cluster: which of them, the server tells at the first use.
/// One connection a server. One thread.
///
/// In a cluster a shard lies in one slot, so that its batches are transactions of one node. While that slot is moved to
/// another node its users can be read, but Redis takes no transaction over keys of which some have moved: batches are
/// `.unavailable` until the slot has arrived.
public final class RedisStore: RecordStore {
  private let keys: StoreKeys
  let router: RedisRouter

  public init(_ configuration: RedisConfiguration) {
    router = RedisRouter(configuration)
    keys = StoreKeys(prefix: configuration.keyPrefix)
  }

  public func position(of shard: Int32) throws(StoreError) -> ShardPosition? {
    let keys = keys.shard(shard)
    return try router.run(slot: keys.slot) { (node) throws(StoreError) in try node.position(keys) }
  }

  public func commit(_ batch: ShardBatch) throws(StoreError) -> CommitOutcome {
    let keys = keys.shard(batch.shard)
    return try router.run(slot: keys.slot, followsAsk: false) { (node) throws(StoreError) in
      try node.commit(batch, keys)
    }
  }

  public func read(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> [StoredUser?] {
    ids.isEmpty ? [] : try load(shard: shard, ids: ids).users
  }

  public func load(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> LoadedUsers {
    let keys = keys.shard(shard)
    let loaded = try router.run(slot: keys.slot, followsAsk: false) { (node) throws(StoreError) -> LoadedUsers? in
      do throws(StoreError) { return try node.load(ids, keys) } catch {
        // The slot is on its way: not worth a pause, there is another way.
        if error.isBetweenNodes { return nil }
        throw error
      }
    }
    if let loaded { return loaded }
    return try loadEach(ids, keys)
  }

  public func applied(shard: Int32, after sequence: UInt64, limit: Int) throws(StoreError) -> AppliedSlice {
    let keys = keys.shard(shard)
    return try router.run(slot: keys.slot) { (node) throws(StoreError) in
      try node.applied(keys, after: sequence, limit: limit)
    }
  }

  public func erasures(shard: Int32, marks: [UInt64]) throws(StoreError) -> [Int64?] {
    if marks.isEmpty { return [] }
    let keys = keys.shard(shard)
    return try router.run(slot: keys.slot) { (node) throws(StoreError) in try node.erasures(keys, marks: marks) }
  }

  public func get(_ name: String) throws(StoreError) -> [UInt8]? {
    let key = keys.named(name)
    return try router.run(slot: HashSlot.of(key)) { (node) throws(StoreError) in try node.get(key) }
  }

  public func putIfAbsent(_ name: String, _ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    let key = keys.named(name)
    return try router.run(slot: HashSlot.of(key)) { (node) throws(StoreError) in try node.putIfAbsent(key, bytes) }
  }

  public func put(_ values: [(name: String, bytes: [UInt8])]) throws(StoreError) {
    if values.isEmpty { return }
    let writes = values.map { (key: keys.named($0.name), bytes: $0.bytes) }
    var groups: [RedisConfiguration.Address: [(key: [UInt8], bytes: [UInt8])]] = [:]
    for write in writes { groups[try router.owner(of: HashSlot.of(write.key)), default: []].append(write) }
    for (address, group) in groups {
      // What does not succeed in its group's pipeline is followed by itself.
      let outcomes = try? router.node(address).put(group)
      for (place, write) in group.enumerated() where outcomes?[place] != .done { try follow(write) }
    }
  }

  private func follow(_ write: (key: [UInt8], bytes: [UInt8])) throws(StoreError) {
    try router.run(slot: HashSlot.of(write.key)) { (node) throws(StoreError) in
      if case .error(let text) = try node.put([write])[0] { throw node.refused(text) }
    }
  }

  public func forEachUser(shard: Int32, _ body: ([UInt8], StoredUser) -> Void) throws(StoreError) {
    let keys = keys.shard(shard)
    let node = try settledNode(keys)
    try node.scan(keys) { (ids) throws(StoreError) in
      for (id, user) in zip(ids, try node.load(ids, keys).users) { if let user { body(id, user) } }
    }
    guard try settledNode(keys) === node else { throw Self.moving(keys) }
  }
}
