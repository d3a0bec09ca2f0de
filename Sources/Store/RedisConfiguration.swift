/// How to reach a Redis server, and how long to wait for it.
public struct RedisConfiguration: Sendable {
  /// Batches kept in a shard's `applied` stream: at 500 events of 165 bytes each some 80 KB, so 160 MB a shard at worst;
  /// a follower takes snapshots far more often than it takes to fill them.
  public static let standardAppliedLimit = 2_000

  public enum Address: Sendable, Equatable {
    case unix(path: String)
    case tcp(host: String, port: UInt16)
  }

  public var address: Address
  public var password: String?
  public var database = 0
  /// Connecting: a server on the same network answers in a millisecond.
  public var connectTimeoutMs = 1_000
  /// One command or pipeline. A batch of 500 records takes some milliseconds; a server that rewrites its AOF, some hundred.
  public var commandTimeoutMs = 5_000
  public var keyPrefix = "freshet:"
  public var appliedLimit = standardAppliedLimit

  public init(address: Address) { self.address = address }

  /// Reads `redis://[:password@]host[:port][/database]` or `unix:///path`.
  public init(url: String) throws(StoreError) {
    func fail(_ why: String) -> StoreError {
      StoreError(
        .configuration, "REDIS_URL: \(why); use redis://[:password@]host:port/database or unix:///path/to.sock")
    }
    if url.hasPrefix("rediss://") {
      throw fail("TLS is not built into Debian 12's hiredis: put stunnel or a proxy in front and name it here")
    }
    if url.hasPrefix("unix://") {
      let path = String(url.dropFirst("unix://".count))
      guard path.hasPrefix("/") else { throw fail("the socket's path must be absolute") }
      self.init(address: .unix(path: path))
      return
    }
    guard url.hasPrefix("redis://") else { throw fail("unknown scheme") }
    var rest = url.dropFirst("redis://".count)
    var password: String?
    if let at = rest.lastIndex(of: "@") {
      let credentials = rest[..<at]
      password = credentials.firstIndex(of: ":").map { String(credentials[credentials.index(after: $0)...]) }
      rest = rest[rest.index(after: at)...]
    }
    var database = 0
    if let slash = rest.firstIndex(of: "/") {
      let text = rest[rest.index(after: slash)...]
      guard text.isEmpty || Int(text) != nil else { throw fail("the database must be a number") }
      database = Int(text) ?? 0
      rest = rest[..<slash]
    }
    var port: UInt16 = 6_379
    if let colon = rest.lastIndex(of: ":") {
      guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else {
        throw fail("the port is not one")
      }
      port = number
      rest = rest[..<colon]
    }
    guard !rest.isEmpty else { throw fail("the host is missing") }
    self.init(address: .tcp(host: String(rest), port: port))
    self.password = password
    self.database = database
  }

  /// The address without secrets, for messages.
  public var description: String {
    switch address {
    case .unix(let path): "unix://\(path)"
    case .tcp(let host, let port): "redis://\(password == nil ? "" : ":***@")\(host):\(port)/\(database)"
    }
  }
}
