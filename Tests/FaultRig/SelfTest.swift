import State
import Store
import TestSupport

/// Whether the rig would see a loss: the state of a good run is damaged by hand, and the comparison must say how.
public final class SelfTest {
  /// One damage, and what the comparison made of it.
  public struct Finding: Sendable {
    public let damage: String
    public let expected: (lost: Int, twice: Int)
    public let found: (lost: Int, twice: Int)
    public let problems: Int
    public var isSeen: Bool { found == expected && problems > 0 }
  }

  public private(set) var findings: [Finding] = []
  private let rig: FaultRig
  private let redis: RedisClient
  /// - Throws: where the run was not good to begin with, or has too few users.
  public init(_ rig: FaultRig) throws {
    self.rig = rig
    redis = try RedisClient(port: rig.redis.port)
    let before = try rig.verify()
    guard before.isGood else { throw TestToolError("the run was not good before it was damaged: \(before)") }
    let (rich, poor) = try twoUsersOfOneShard()
    try damage("a user's record is gone", lost: poor.events, twice: 0) {
      for part in Part.allCases { try redis.command("DEL", key(part, poor)) }
    } undo: {
      try restore(poor)
    }
    try damage("a user's events count more often than they came", lost: 0, twice: rich.events - poor.events) {
      for part in Part.allCases {
        try redis.command("DEL", key(part, poor))
        try redis.command("COPY", key(part, rich), key(part, poor), "REPLACE")
      }
    } undo: {
      try restore(poor)
    }
    // A producer was told that something is kept of which the log knows nothing. It stays in the ledger: it is the last.
    try damage("an acknowledged event is not in the log", lost: 1, twice: 0) {
      rig.ledger.acknowledged(
        SourceEvent(serial: .max, user: "nobody", payload: "", isBad: false, isAstray: false))
    } undo: {
    }
  }

  public var table: String {
    findings.map { finding in
      "\(finding.damage): lost \(finding.found.lost), twice \(finding.found.twice), "
        + "\(finding.problems) problems named, \(finding.isSeen ? "seen" : "NOT SEEN, expected \(finding.expected)")"
    }.joined(separator: "\n")
  }

  private func damage(
    _ name: String, lost: Int, twice: Int, _ body: () throws -> Void, undo: () throws -> Void
  ) throws {
    try body()
    let verdict = try rig.judge()
    try undo()
    findings.append(
      Finding(
        damage: name, expected: (lost, twice), found: (verdict.lost, verdict.twice), problems: verdict.problems.count))
  }

  // MARK: the users' keys

  private enum Part: String, CaseIterable { case user, past }

  private struct User {
    let shard: Int32
    let name: String
    let events: Int
  }

  private func key(_ part: Part, _ user: User) -> String { "freshet:{s\(user.shard)}:\(part):\(user.name)" }
  private func backup(_ part: Part, _ user: User) -> String { "backup:{s\(user.shard)}:\(part):\(user.name)" }

  private func restore(_ user: User) throws {
    for part in Part.allCases {
      try redis.command("DEL", key(part, user))
      try redis.command("COPY", backup(part, user), key(part, user), "REPLACE")
    }
  }

  /// One with more events than the other; the other one's keys are kept beside.
  private func twoUsersOfOneShard() throws -> (rich: User, poor: User) {
    for shard in 0..<FaultRig.shards {
      var users: [User] = []
      try rig.store.forEachUser(shard: shard) { id, _ in
        let name = String(decoding: id, as: UTF8.self)
        let events = rig.fold.users[name].map { $0.interactions + $0.impressions } ?? 0
        if events > 0 { users.append(User(shard: shard, name: name, events: events)) }
      }
      users.sort { ($0.events, $0.name) < ($1.events, $1.name) }
      guard let poor = users.first, let rich = users.last, rich.events > poor.events else { continue }
      for part in Part.allCases { try redis.command("COPY", key(part, poor), backup(part, poor), "REPLACE") }
      return (rich, poor)
    }
    throw TestToolError("no shard has two users with different numbers of events")
  }
}
