extension RedisStore {
  /// A batch stored while single keys are read makes them inconsistent; so often it is tried again.
  private static let attempts = 3

  /// Reads users whose slot is on its way, key by key, each from the node that holds it.
  ///
  /// The shard's position is the same before and after: no batch was stored in between, so that the parts of a record
  /// belong together as they do in one MGET.
  func loadEach(_ ids: [[UInt8]], _ keys: ShardKeys) throws(StoreError) -> LoadedUsers {
    let wanted = [keys.offset] + ids.flatMap { [keys.user + $0, keys.past + $0, keys.view + $0] }
    for _ in 0..<Self.attempts {
      let before = try position(keys)
      let values = try values(of: wanted, slot: keys.slot)
      let loaded = try router.node(try router.owner(of: keys.slot)).loaded(values)
      if loaded.position == before, try position(keys) == before { return loaded }
    }
    throw Self.moving(keys)
  }

  private func position(_ keys: ShardKeys) throws(StoreError) -> ShardPosition? {
    try router.run(slot: keys.slot) { (node) throws(StoreError) in try node.position(keys) }
  }

  private func values(of keys: [[UInt8]], slot: Int) throws(StoreError) -> [RedisReply] {
    var target: RedisConfiguration.Address?
    var moved: [Int] = []
    var values = try router.run(slot: slot) { (node) throws(StoreError) in
      let replies = try node.getEach(keys)
      moved = []
      for (place, reply) in replies.enumerated() {
        guard case .error(let text) = reply else { continue }
        guard case .ask(let address) = RedisRedirect(error: text) else { throw node.refused(text) }
        target = address
        moved.append(place)
      }
      return replies
    }
    guard let target else { return values }
    let node = router.node(target)
    let replies = try node.asking { (node) throws(StoreError) in try node.getEach(moved.map { keys[$0] }) }
    for (place, reply) in zip(moved, replies) {
      if case .error(let text) = reply { throw node.refused(text) }
      values[place] = reply
    }
    return values
  }

  /// The node that holds all of the shard's keys.
  /// - Throws: `.unavailable` while its slot is moved to another node: neither holds all of them.
  func settledNode(_ keys: ShardKeys) throws(StoreError) -> RedisNode {
    let slot = keys.slot
    let node = try router.run(slot: slot) { (node) throws(StoreError) in
      // Any command with a key: a node that does not own the slot says who does.
      _ = try node.position(keys)
      return node
    }
    if try router.slots().isCluster, try node.isMoving(slot) { throw Self.moving(keys) }
    return node
  }

  static func moving(_ keys: ShardKeys) -> StoreError {
    StoreError(
      .unavailable, "slot \(keys.slot) is being moved to another node of the cluster; try again when it is done")
  }
}

extension RedisNode {
  /// Whether the slot is on its way to or from this node: CLUSTER NODES says `[5460->-id]` or `[5460-<-id]` in its own
  /// line.
  func isMoving(_ slot: Int) throws(StoreError) -> Bool {
    buffer.removeAll()
    buffer.command("CLUSTER", [Array("NODES".utf8)])
    let lines = String(decoding: try reply().text, as: UTF8.self).split(separator: "\n")
    guard let own = lines.first(where: { $0.contains("myself") }) else { throw unexpected("CLUSTER NODES") }
    return own.split(separator: " ").contains { $0.hasPrefix("[\(slot)->-") || $0.hasPrefix("[\(slot)-<-") }
  }
}
