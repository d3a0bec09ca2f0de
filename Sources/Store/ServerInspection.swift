/// Looks at one Redis server: is it fit to keep Freshet's state?
struct ServerInspection {
  static let oldestMajor = 7
  /// Of maxmemory: from here on writes will soon be refused.
  static let fullPercent = 90

  let server: String
  let isCluster: Bool
  private(set) var version = ""
  private(set) var findings: [StoreHealth.Finding] = []

  init(server: String, isCluster: Bool) {
    self.server = server
    self.isCluster = isCluster
  }

  mutating func add(_ severity: StoreHealth.Severity, _ message: String, _ remedy: String) {
    findings.append(StoreHealth.Finding(severity: severity, server: server, message: message, remedy: remedy))
  }

  mutating func inspect(_ node: RedisNode) throws(StoreError) {
    let info = try node.information()
    version = info["redis_version"] ?? ""
    checkVersion()
    checkState(info)
    checkPersistence(info, appendFsync: try node.setting("appendfsync"))
    checkMemory(info)
    if isCluster { checkCluster(info, try node.clusterInformation()) }
  }

  private mutating func checkVersion() {
    guard let major = Int(version.prefix { $0 != "." }) else { return }
    if major < Self.oldestMajor {
      add(.failure, "Redis \(version)", "use \(Self.oldestMajor).0 or later")
    }
  }

  private mutating func checkState(_ info: [String: String]) {
    if info["loading"] == "1" { add(.failure, "it is loading its data", "wait") }
    if info["role"] == "slave" {
      add(.failure, "it is a replica, which takes no writes", "name the master in REDIS_URL")
    }
    let failures = [
      ("aof_last_write_status", "the last write of its append-only file failed"),
      ("aof_last_bgrewrite_status", "the last rewrite of its append-only file failed"),
      ("rdb_last_bgsave_status", "the last snapshot failed"),
    ]
    for (field, message) in failures where info[field] == "err" {
      let severity: StoreHealth.Severity = field == "aof_last_write_status" ? .failure : .warning
      add(severity, message, "look at the server's log; is its disk full?")
    }
  }

  private mutating func checkPersistence(_ info: [String: String], appendFsync: String?) {
    guard info["aof_enabled"] == "1" else {
      add(
        .warning, "no append-only file: when the server dies, what was acknowledged since its last snapshot is lost",
        "set appendonly yes and appendfsync everysec (or always)")
      return
    }
    switch appendFsync {
    case "always": break
    case "everysec":
      add(
        .notice, "appendfsync everysec: when the machine dies, up to a second of what was acknowledged is lost",
        "set appendfsync always where that is too much")
    case "no":
      add(
        .warning, "appendfsync no: when the machine dies, some half a minute of what was acknowledged is lost",
        "set appendfsync everysec (or always)")
    default:
      add(
        .notice, "appendfsync cannot be read (CONFIG is not allowed)",
        "see to it that it is everysec or always, or allow +config|get")
    }
  }

  private mutating func checkMemory(_ info: [String: String]) {
    let policy = info["maxmemory_policy"] ?? "noeviction"
    let limit = Int(info["maxmemory"] ?? "") ?? 0
    if policy != "noeviction" {
      add(
        limit > 0 ? .failure : .warning,
        "maxmemory-policy \(policy): under memory pressure it throws records away",
        "set maxmemory-policy noeviction")
    }
    let used = Int(info["used_memory"] ?? "") ?? 0
    if limit > 0, used >= limit / 100 * Self.fullPercent {
      add(.warning, "it uses \(used) of \(limit) bytes; when they are full it refuses writes", "raise maxmemory")
    }
  }

  private mutating func checkCluster(_ info: [String: String], _ cluster: [String: String]) {
    if cluster["cluster_state"] != "ok" {
      let assigned = cluster["cluster_slots_ok"] ?? "?"
      add(
        .failure,
        "cluster_state is \(cluster["cluster_state"] ?? "unknown"), \(assigned) of \(HashSlot.count) slots work",
        "look at CLUSTER NODES; redis-cli --cluster check HOST:PORT")
    }
    if info["connected_slaves"] == "0" {
      add(.warning, "this master has no replica: its shards stop when it dies", "add a replica")
    }
  }
}

extension RedisNode {
  /// A configuration parameter; nil where the server does not let us read it.
  func setting(_ name: String) throws(StoreError) -> String? {
    buffer.removeAll()
    buffer.command("CONFIG", [Array("GET".utf8), Array(name.utf8)])
    guard case .array(let pair) = try exchange()[0], pair.count == 2 else { return nil }
    return String(decoding: pair[1].text, as: UTF8.self)
  }

  func clusterInformation() throws(StoreError) -> [String: String] {
    buffer.removeAll()
    buffer.command("CLUSTER", [Array("INFO".utf8)])
    return Self.fields(of: try reply())
  }
}
