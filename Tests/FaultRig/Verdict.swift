import Ingest
import State
import Store
import TestSupport

/// What a comparison of the state with the log and the producers' ledger has found.
public struct Verdict: Sendable {
  /// Events acknowledged and not in the log, or in the log and not applied.
  public var lost = 0
  /// Applications beyond the first.
  public var twice = 0
  /// Everything else that is not as promised.
  public var problems: [String] = []

  public var isGood: Bool { lost == 0 && twice == 0 && problems.isEmpty }

  /// - Parameter store: the state under test, at rest, at the log's end; the fold has read as far.
  init(store: any RecordStore, shards: Int32, fold: LogFold, ledger: Ledger) throws {
    problems = ledger.takeProblems()
    let missing = ledger.missing(among: fold.serials)
    if !missing.isEmpty {
      lost += missing.count
      problems.append("acknowledged and not in the log: \(missing.prefix(5).map { "s\($0)" }.joined(separator: ", "))")
    }
    try countUsers(store, shards, fold)
    let (found, expected) = (try StateDigest(of: store, shards: 0..<shards), try fold.digest())
    for (one, other) in zip(found.shards, expected.shards) where one.digest != other.digest {
      problems.append(
        "shard \(one.shard): digest \(String(one.digest, radix: 16)) of \(one.users) users, without faults "
          + "\(String(other.digest, radix: 16)) of \(other.users)")
    }
  }

  private mutating func countUsers(_ store: any RecordStore, _ shards: Int32, _ fold: LogFold) throws {
    var found: [String: UserRecord] = [:]
    for shard in 0..<shards {
      var damage: (any Error)?
      try store.forEachUser(shard: shard) { id, user in
        do {
          found[String(decoding: id, as: UTF8.self)] = try user.hot.withUnsafeBytes { hot in
            try user.past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
          }
        } catch {
          damage = error
        }
      }
      if let damage { throw damage }
    }
    for name in Set(found.keys).union(fold.users.keys) {
      let expected = fold.users[name].map { $0.interactions + $0.impressions } ?? 0
      let applied = found[name].map { Int($0.eventCount + $0.impressionCount) } ?? 0
      if applied == expected { continue }
      lost += max(0, expected - applied)
      twice += max(0, applied - expected)
      if problems.count < 20 { problems.append("user \(name): \(applied) events applied, \(expected) in the log") }
    }
  }
}
