/// How to reach a Redis server or cluster, and how long to wait for it.
public struct RedisConfiguration: Sendable {
  /// Batches kept in a shard's `applied` stream: at 500 events of 165 bytes each some 80 KB, so 160 MB a shard at worst;
  /// a follower takes snapshots far more often than it takes to fill them.
  public static let standardAppliedLimit = 2_000

  public enum Address: Sendable, Hashable {
    case unix(path: String)
    case tcp(host: String, port: UInt16)
  }

  public var address: Address
  /// Further nodes of the same cluster to start from, for when `address` is down.
  public var others: [Address] = []
  /// ACL user; nil is the server's default user.
  public var user: String?
  public var password: String?
  public var database = 0
  /// Connecting: a server on the same network answers in a millisecond.
  public var connectTimeoutMs = 1_000
  /// One command or pipeline. A batch of 500 records takes some milliseconds; a server that rewrites its AOF, some hundred.
  public var commandTimeoutMs = 5_000
  public var keyPrefix = "freshet:"
  public var appliedLimit = standardAppliedLimit
  /// Replicas that must have a batch before it counts as stored; 0 waits for none.
  public var waitReplicas = 0
  /// Longest wait for them: shorter than a command may take.
  var waitReplicasMs: Int { max(1, min(1_000, commandTimeoutMs / 2)) }

  public init(address: Address) { self.address = address }

  /// Every address to start from.
  var seeds: [Address] { [address] + others }

  /// The same way to talk to another server.
  func at(_ address: Address) -> RedisConfiguration {
    var copy = self
    copy.address = address
    copy.others = []
    return copy
  }

  /// The addresses without secrets, for messages.
  public var description: String {
    let secret = password == nil ? "" : "\(user ?? ""):***@"
    return seeds.map { seed in
      switch seed {
      case .unix(let path): "unix://\(path)"
      case .tcp: "redis://\(secret)\(seed.text)\(database == 0 ? "" : "/\(database)")"
      }
    }.joined(separator: ",")
  }
}

extension RedisConfiguration.Address {
  /// `host:port` as servers write it; an IPv6 address there has no brackets. Nil where it is not that.
  init?(hostAndPort text: some StringProtocol) {
    guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
      let port = UInt16(text[text.index(after: colon)...]), port > 0
    else { return nil }
    self = .tcp(host: String(text[..<colon]), port: port)
  }

  var text: String {
    switch self {
    case .unix(let path): path
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
