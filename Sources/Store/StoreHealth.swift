/// What can be said of the servers behind a store: for `freshet doctor` and `/ready`.
public struct StoreHealth: Sendable {
  public enum Severity: String, Sendable, Comparable {
    /// A choice that the operator should know.
    case notice
    /// It works, and something that was promised is not kept when a fault comes.
    case warning
    /// It does not work.
    case failure

    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
    private var rank: Int { self == .notice ? 0 : self == .warning ? 1 : 2 }
  }

  /// One thing that is not as it should be, and what to do about it.
  public struct Finding: Sendable, Equatable, CustomStringConvertible {
    public let severity: Severity
    /// The server that it is about, without secrets.
    public let server: String
    public let message: String
    public let remedy: String
    public var description: String { "\(server): \(message); \(remedy)" }
  }

  public var isCluster: Bool
  /// The servers that hold data (a cluster's masters), without secrets.
  public var servers: [String] = []
  public var version = ""
  /// The worst first.
  public var findings: [Finding] = []

  public var worst: Severity? { findings.map(\.severity).max() }
  /// Whether the store can be used.
  public var isReady: Bool { worst != .failure }
}

extension RedisStore {
  /// Asks every server that holds data. One round trip or two each.
  /// - Throws: where not even the first answer comes; a cluster's node that does not answer is a finding.
  public func health() throws(StoreError) -> StoreHealth {
    let slots = try router.slots()
    var health = StoreHealth(isCluster: slots.isCluster)
    for address in slots.addresses {
      var inspection = ServerInspection(server: address.text, isCluster: slots.isCluster)
      do {
        try inspection.inspect(router.node(address))
      } catch {
        if !slots.isCluster { throw error }
        inspection.add(.failure, error.message, "start it, or wait for its replica to take over")
      }
      health.servers.append(address.text)
      if health.version.isEmpty { health.version = inspection.version }
      health.findings += inspection.findings
    }
    health.findings.sort { $0.severity > $1.severity }
    return health
  }
}
