import Foundation

/// A real Redis Cluster on loopback: masters that share the slots evenly, each with a replica where asked for.
public final class RedisCluster: @unchecked Sendable {
  // `@unchecked`: immutable after `init`; the servers are driven by one test thread.

  /// A master that does not answer for so long is replaced.
  static let nodeTimeoutMs = 1_000
  private static let slots = 16_384

  /// The masters first, then their replicas in the same order.
  public let servers: [RedisServer]
  public let masters: Int

  public init(in folder: TemporaryFolder, masters: Int = 3, replicas: Bool = false) throws {
    self.masters = masters
    let count = replicas ? 2 * masters : masters
    // Each node has a second port, on which the nodes talk to each other.
    let ports = try FreePorts.take(2 * count)
    servers = try (0..<count).map { number in
      try RedisServer(
        in: folder, name: "node\(number)", port: ports[2 * number], appendFsync: "everysec",
        extra: [
          "--cluster-enabled", "yes", "--cluster-port", String(ports[2 * number + 1]), "--cluster-node-timeout",
          String(Self.nodeTimeoutMs), "--cluster-config-file", "nodes.conf", "--repl-diskless-sync-delay", "0",
        ])
    }
    for server in servers { try server.start() }
    let clients = try servers.map { try $0.client() }
    for number in 0..<masters {
      let first = Self.slots * number / masters
      let last = Self.slots * (number + 1) / masters - 1
      try clients[number].command("CLUSTER", "ADDSLOTSRANGE", String(first), String(last))
      try clients[number].command("CLUSTER", "SET-CONFIG-EPOCH", String(number + 1))
    }
    for number in 1..<count {
      try clients[0].command(
        "CLUSTER", "MEET", "127.0.0.1", String(ports[2 * number]), String(ports[2 * number + 1]))
    }
    try wait("the nodes do not find each other") {
      try clients.allSatisfy { try Self.nodes($0).count == count }
    }
    for number in masters..<count { try replicate(number, client: clients[number]) }
    try wait("the cluster does not become ready") { try clients.allSatisfy { try Self.isReady($0) } }
    if replicas {
      try wait("the replicas do not follow") {
        try clients[masters...].allSatisfy { (try $0.command("INFO").text ?? "").contains("master_link_status:up") }
      }
    }
  }

  /// URL that names every node.
  public var url: String { servers.map(\.url).joined(separator: ",") }

  public func id(of server: Int) throws -> String {
    try servers[server].client().command("CLUSTER", "MYID").text ?? ""
  }

  /// Makes server number `number` a replica of the master in the same place.
  private func replicate(_ number: Int, client: RedisClient) throws {
    let master = try id(of: number - masters)
    try wait("the replica does not know its master") {
      try client.command("CLUSTER", "REPLICATE", master) == .text("OK")
    }
  }

  /// Number of the master that holds the slot, as the nodes that run say.
  public func owner(of slot: Int) throws -> Int {
    for server in servers where server.isRunning {
      guard case .list(let ranges) = try server.client().command("CLUSTER", "SLOTS") else { continue }
      for case .list(let parts) in ranges {
        guard case .number(let first) = parts[0], case .number(let last) = parts[1], (first...last).contains(slot),
          case .list(let master) = parts[2], case .number(let port) = master[1],
          let found = servers.firstIndex(where: { Int($0.port) == port })
        else { continue }
        return found
      }
    }
    throw TestToolError("nobody holds slot \(slot)")
  }

  /// Begins to move a slot: from here on keys that the source has not are asked of the target.
  public func beginMove(of slot: Int, from source: Int, to target: Int) throws {
    try servers[target].client().command("CLUSTER", "SETSLOT", String(slot), "IMPORTING", try id(of: source))
    try servers[source].client().command("CLUSTER", "SETSLOT", String(slot), "MIGRATING", try id(of: target))
  }

  /// Moves at most `count` keys.
  /// - Returns: how many were moved.
  @discardableResult
  public func moveKeys(of slot: Int, from source: Int, to target: Int, count: Int = .max) throws -> Int {
    let client = try servers[source].client()
    var moved = 0
    while moved < count {
      let found = try client.command("CLUSTER", "GETKEYSINSLOT", String(slot), String(min(100, count - moved)))
      guard case .list(let keys) = found, !keys.isEmpty else { break }
      let answer = try client.command(
        ["MIGRATE", "127.0.0.1", String(servers[target].port), "", "0", "5000", "KEYS"] + keys.compactMap(\.text))
      guard answer == .text("OK") else { throw TestToolError("MIGRATE: \(answer)") }
      moved += keys.count
    }
    return moved
  }

  /// Tells every master who holds the slot now.
  public func endMove(of slot: Int, to target: Int) throws {
    let id = try id(of: target)
    for number in [target] + (0..<masters).filter({ $0 != target }) where servers[number].isRunning {
      try servers[number].client().command("CLUSTER", "SETSLOT", String(slot), "NODE", id)
    }
  }

  private static func nodes(_ client: RedisClient) throws -> [Substring] {
    (try client.command("CLUSTER", "NODES").text ?? "").split(separator: "\n").filter { !$0.contains("handshake") }
  }

  private static func isReady(_ client: RedisClient) throws -> Bool {
    (try client.command("CLUSTER", "INFO").text ?? "").contains("cluster_state:ok")
  }

  private func wait(_ failure: String, _ condition: () throws -> Bool) throws {
    guard try Waiting.until(seconds: 30, condition) else { throw TestToolError(failure) }
  }
}
