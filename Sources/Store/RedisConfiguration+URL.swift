extension RedisConfiguration {
  /// Nodes that one URL may name: a cluster of any size is found from a few.
  static let maximumSeeds = 32
  static let standardPort: UInt16 = 6_379

  /// Reads `redis://[[user]:password@]host[:port][/database]`, several of them separated by commas for a cluster (the
  /// scheme and the credentials may stand in the first alone), or `unix:///path`.
  ///
  /// A user or password with special characters is written percent-encoded; an IPv6 address in brackets.
  public init(url: String) throws(StoreError) {
    if url.hasPrefix("unix://") {
      let path = String(url.dropFirst("unix://".count))
      guard path.hasPrefix("/") else { throw Self.wrong("the socket's path must be absolute") }
      self.init(address: .unix(path: path))
      return
    }
    let parts = url.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= Self.maximumSeeds else {
      throw Self.wrong("more than \(Self.maximumSeeds) hosts: some of a cluster's are enough")
    }
    self = try Self.server(parts[0])
    for part in parts.dropFirst() {
      let other = try Self.server(part.contains("://") ? part : "redis://" + part)
      guard other.user == nil || other.user == user, other.password == nil || other.password == password else {
        throw Self.wrong("all nodes of a cluster take the same user and password")
      }
      guard other.database == database else { throw Self.wrong("all hosts must name the same database") }
      others.append(other.address)
    }
    guard others.isEmpty || database == 0 else { throw Self.wrong("a cluster has database 0 only") }
  }

  private static func server(_ url: Substring) throws(StoreError) -> RedisConfiguration {
    if url.hasPrefix("rediss://") {
      throw wrong("TLS is not built into Debian 12's hiredis: put stunnel or a proxy in front and name it here")
    }
    guard url.hasPrefix("redis://") else { throw wrong("unknown scheme") }
    var rest = url.dropFirst("redis://".count)
    var credentials: Substring?
    if let at = rest.lastIndex(of: "@") {
      credentials = rest[..<at]
      rest = rest[rest.index(after: at)...]
    }
    var database = 0
    if let slash = rest.firstIndex(of: "/") {
      let text = rest[rest.index(after: slash)...]
      guard text.isEmpty || (Int(text) ?? -1) >= 0 else { throw wrong("the database must be a number") }
      database = Int(text) ?? 0
      rest = rest[..<slash]
    }
    var configuration = RedisConfiguration(address: try address(rest))
    configuration.database = database
    if let credentials { try configuration.read(credentials) }
    return configuration
  }

  private static func address(_ text: Substring) throws(StoreError) -> Address {
    var host = text
    var port = standardPort
    if let colon = text.lastIndex(of: ":"), text.last != "]" {
      guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else {
        throw wrong("the port is not one")
      }
      port = number
      host = text[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { throw wrong("the host is missing") }
    return .tcp(host: String(host), port: port)
  }

  private mutating func read(_ credentials: Substring) throws(StoreError) {
    guard let colon = credentials.firstIndex(of: ":") else {
      throw Self.wrong("a user without a password; write user:password@ or :password@")
    }
    let name = try Self.decoded(credentials[..<colon])
    user = name.isEmpty ? nil : name
    password = try Self.decoded(credentials[credentials.index(after: colon)...])
  }

  private static func decoded(_ text: Substring) throws(StoreError) -> String {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
        throw wrong("% must be followed by two hexadecimal digits")
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func wrong(_ why: String) -> StoreError {
    StoreError(
      .configuration,
      "REDIS_URL: \(why); use redis://[[user]:password@]host:port/database, several separated by commas for a cluster, "
        + "or unix:///path/to.sock")
  }
}
