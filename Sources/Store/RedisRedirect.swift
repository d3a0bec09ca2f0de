/// What a server's error asks of the client, by the error's first word.
enum RedisRedirect: Sendable, Equatable {
  /// The slot lies on another node, for good.
  case moved(slot: Int, to: RedisConfiguration.Address)
  /// The slot is on its way: this one key is on the other node already.
  case ask(RedisConfiguration.Address)
  /// The keys of the command lie on two nodes for the moment.
  case tryAgain
  /// The node cannot answer for now: it loads its data, waits for a master, or is a replica since a failover.
  case notNow

  init?(error text: String) {
    let words = text.split(separator: " ")
    switch words.first {
    case "MOVED":
      guard words.count >= 3, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
        let address = RedisConfiguration.Address(hostAndPort: words[2])
      else { return nil }
      self = .moved(slot: slot, to: address)
    case "ASK":
      guard words.count >= 3, let address = RedisConfiguration.Address(hostAndPort: words[2]) else { return nil }
      self = .ask(address)
    case "TRYAGAIN": self = .tryAgain
    case "LOADING", "CLUSTERDOWN", "MASTERDOWN", "READONLY": self = .notNow
    default: return nil
    }
  }
}
