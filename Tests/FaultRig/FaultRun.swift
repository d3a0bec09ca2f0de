import Foundation
import TestSupport

/// Rounds of faults on one rig, and their table.
public final class FaultRun {
  /// What one kind of fault came to.
  public struct Line: Sendable {
    public var rounds = 0
    public var lost = 0
    public var twice = 0
    public var longestGap = 0.0
    public var catchUp: [Double] = []
    /// Batches that the store has refused.
    public var fenced = 0
    public var problems = 0
  }

  private let rig: FaultRig
  private let seed: UInt64
  private var random: SeededRandom
  public private(set) var lines: [Fault: Line] = [:]
  public private(set) var problems: [String] = []
  private var unavailable: [String: Int] = [:]
  private var answered = 0

  public init(_ rig: FaultRig, seed: UInt64) {
    self.rig = rig
    self.seed = seed
    random = SeededRandom(seed: seed)
  }

  /// One round at a random instant: fault, repair, catching up, comparison.
  public func round(_ fault: Fault) throws {
    if fault == .diskFull && !rig.hasOwnFileSystem {
      print("SKIPPED: \(fault): the artefacts need a small file system of their own: run as root")
      return
    }
    let delay = Double.random(in: 0.3...2, using: &random)
    RigClock.sleep(delay)
    rig.watch.begin()
    let fencedBefore = fenced
    let began = RigClock.now
    try fault.strike(rig, &random)
    let mended = RigClock.now
    let catchUp = try rig.waitUntilApplied(try rig.fold.ends(), seconds: 90)
    let serving = rig.watch.take()
    let verdict = try rig.verify()
    rig.goOn()
    add(verdict, serving, catchUp, to: fault)
    // A restarted process counts from 0 again.
    lines[fault]?.fenced += max(0, fenced - fencedBefore)
    print(
      "\(stamp) \(fault): struck after \(Self.short(delay)) s for \(Self.short(mended - began)) s, caught up in "
        + "\(Self.short(catchUp)) s, gap \(Self.short(serving.longestGap)) s, \(rig.fold.records) records, "
        + (verdict.isGood ? "good" : "BAD: lost \(verdict.lost), twice \(verdict.twice)"))
    for problem in verdict.problems { print("  " + problem) }
    // Into a file as well: a run of half an hour is watched.
    fflush(nil)
  }

  private func add(_ verdict: Verdict, _ serving: ServingWatch.Figures, _ catchUp: Double, to fault: Fault) {
    var line = lines[fault, default: Line()]
    line.rounds += 1
    line.lost += verdict.lost
    line.twice += verdict.twice
    line.longestGap = max(line.longestGap, serving.longestGap)
    line.catchUp.append(catchUp)
    line.problems += verdict.problems.count
    lines[fault] = line
    problems += verdict.problems.map { "\(fault), seed \(seed): \($0)" }
    answered += serving.answered
    unavailable.merge(serving.unavailable) { $0 + $1 }
  }

  /// Replaces every process under load.
  public func upgrade() throws -> RollingUpgrade {
    let upgrade = try RollingUpgrade(rig)
    print(
      "\(stamp) rolling upgrade of \(rig.processes.count - 1) processes: \(upgrade.requests) requests in "
        + "\(Self.short(upgrade.seconds)) s, \(upgrade.failures.count) failed, "
        + (upgrade.verdict.isGood ? "good" : "BAD: lost \(upgrade.verdict.lost), twice \(upgrade.verdict.twice)"))
    for problem in upgrade.failures.prefix(10) + upgrade.verdict.problems { print("  " + problem) }
    fflush(nil)
    problems += upgrade.verdict.problems + upgrade.failures.prefix(10)
    return upgrade
  }

  /// So many rounds: every kind in turn, each turn in another order.
  public func rounds(_ count: Int, of faults: [Fault] = Fault.allCases) throws {
    var left = count
    while left > 0 {
      for fault in faults.shuffled(using: &random).prefix(left) {
        try round(fault)
        left -= 1
      }
    }
  }

  private var fenced: Int { Int(rig.ingest.reduce(0) { $0 + $1.metric("freshet_store_fenced_total") }) }
  private var stamp: String { "[seed \(seed), \(Int(RigClock.now - start)) s]" }
  private let start = RigClock.now

  /// One row for each fault: rounds, lost, twice, longest gap in serving, median and longest time to catch up.
  public var table: String {
    var rows = [["fault", "rounds", "lost", "twice", "longest gap s", "catch-up s", "worst s", "fenced", "other"]]
    for fault in Fault.allCases {
      guard let line = lines[fault] else { continue }
      let sorted = line.catchUp.sorted()
      rows.append([
        fault.title, "\(line.rounds)", "\(line.lost)", "\(line.twice)", Self.short(line.longestGap),
        Self.short(sorted[sorted.count / 2]), Self.short(sorted[sorted.count - 1]), "\(line.fenced)",
        "\(line.problems)",
      ])
    }
    let all = lines.values
    rows.append([
      "all", "\(all.reduce(0) { $0 + $1.rounds })", "\(all.reduce(0) { $0 + $1.lost })",
      "\(all.reduce(0) { $0 + $1.twice })", Self.short(all.map(\.longestGap).max() ?? 0), "", "",
      "\(all.reduce(0) { $0 + $1.fenced })", "\(all.reduce(0) { $0 + $1.problems })",
    ])
    let widths = (0..<rows[0].count).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let text = rows.map { row in
      "| " + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ") + " |"
    }
    let reasons = unavailable.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return text.joined(separator: "\n") + "\n"
      + "\(rig.ledger.acknowledgedCount) events acknowledged, \(rig.fold.records) records in the log, "
      + "\(rig.http.retryCount) HTTP retries, \(answered) lists served, 503: \(reasons.isEmpty ? "none" : reasons)"
  }

  static func short(_ value: Double) -> String { String((value * 100).rounded() / 100) }
}
