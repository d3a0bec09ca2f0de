extension RedisBuffer {
  /// MULTI, everything that the batch changes, EXEC. Only EXEC's outcome is handed out.
  mutating func transaction(_ batch: ShardBatch, _ keys: ShardKeys, appliedLimit: Int) {
    command("MULTI", reply: .none)
    // Before the records: an erased user may have come back within the batch.
    for erasure in batch.erasures {
      begin(4, reply: .none)
      argument("DEL")
      for start in [keys.user, keys.past, keys.view] { argument(start, erasure.id) }
      command(
        "HSET", [keys.erased, Array(String(erasure.mark, radix: 16).utf8), Array(String(erasure.offset).utf8)],
        reply: .none)
    }
    records(batch, keys)
    for user in batch.users {
      switch user.past {
      case .none: break
      case .append(let bytes): write("APPEND", keys.past, user.id, bytes)
      case .replace(let bytes): write("SET", keys.past, user.id, bytes)
      }
    }
    // An empty batch is an entry as well: numbers without a gap are how a follower knows that nothing was trimmed.
    begin(8, reply: .none)
    argument("XADD")
    argument(keys.applied)
    argument("MAXLEN")
    argument("~")
    argument(String(appliedLimit))
    argument("\(batch.next.sequence)-0")
    argument("b")
    argument(batch.applied)
    command("EXEC", reply: .outcome)
  }

  /// One MSET for the position, the hot records and the views.
  private mutating func records(_ batch: ShardBatch, _ keys: ShardKeys) {
    let views = batch.users.count { $0.view != nil }
    begin(1 + 2 * (1 + batch.users.count + views), reply: .none)
    argument("MSET")
    argument(keys.offset)
    argument(batch.next.bytes)
    for user in batch.users {
      argument(keys.user, user.id)
      argument(user.hot)
      if let view = user.view {
        argument(keys.view, user.id)
        argument(view)
      }
    }
  }

  private mutating func write(_ name: StaticString, _ start: [UInt8], _ id: [UInt8], _ value: [UInt8]) {
    begin(3, reply: .none)
    argument(name)
    argument(start, id)
    argument(value)
  }
}
