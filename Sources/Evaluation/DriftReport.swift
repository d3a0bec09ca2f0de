import Datasets

/// How well the system follows the drifting world, next to its oracle and to slower ways of learning.
public struct DriftReport: Sendable {
  /// Scored events of a rolling mean: an interval of about +-5% of it.
  static let rolling = 500
  /// A loss below this share of what was there is noise.
  static let leastLoss = 0.1
  /// Parts into which the table cuts the scored events.
  static let windows = 28

  /// Share of the world's events at each scored event, ascending.
  let shares: [Double]
  let oracle: [Double]
  let modes: [(mode: DriftMode, ndcg: [Double])]
  let drifts: [WorldDrift]
  let eventCount: Int

  /// What a drift took and how long it was until 90% of it was back.
  public struct Recovery: Sendable, Equatable {
    /// Share of the oracle's NDCG@10 before, and at its worst.
    public var before: Double
    public var worst: Double
    /// Events of the log from the drift's beginning; nil where there was no loss, or where it was not back before the
    /// next drift.
    public var eventsUntilBack: Int?
    public var hasLoss: Bool { before - worst >= DriftReport.leastLoss * before }
  }

  public func recovery(_ drift: WorldDrift, _ mode: DriftMode) -> Recovery? {
    guard let ndcg = modes.first(where: { $0.mode == mode })?.ndcg else { return nil }
    let begin = shares.firstIndex { $0 >= drift.span.lowerBound } ?? shares.count
    let next = drifts.map(\.span.lowerBound).filter { $0 > drift.span.lowerBound }.min() ?? 1
    let end = shares.firstIndex { $0 >= next } ?? shares.count
    guard begin >= 2 * Self.rolling, end - begin > Self.rolling else { return nil }
    func ratio(_ last: Int, _ length: Int) -> Double {
      let range = last - length + 1...last
      let best = oracle[range].reduce(0, +)
      return best > 0 ? ndcg[range].reduce(0, +) / best : 0
    }
    let before = ratio(begin - 1, 2 * Self.rolling)
    let places = begin + Self.rolling - 1..<end
    let ratios = places.map { ratio($0, Self.rolling) }
    guard let worst = ratios.indices.min(by: { ratios[$0] < ratios[$1] }) else { return nil }
    var recovery = Recovery(before: before, worst: ratios[worst])
    if recovery.hasLoss,
      let back = ratios.indices.first(where: {
        $0 >= worst && ratios[$0] >= ratios[worst] + 0.9 * (before - ratios[worst])
      })
    {
      let share = shares[begin + Self.rolling - 1 + back] - drift.span.lowerBound
      recovery.eventsUntilBack = Int((share * Double(eventCount)).rounded())
    }
    return recovery
  }

  public var text: String {
    var lines = ["drifting world, \(eventCount) events, \(shares.count) scored: NDCG@10 over time"]
    lines.append("share   oracle  " + modes.map { pad($0.mode.rawValue, 8) }.joined() + "of the oracle's")
    for window in 0..<Self.windows {
      let range = window * shares.count / Self.windows..<(window + 1) * shares.count / Self.windows
      guard let first = range.first else { continue }
      func mean(_ values: [Double]) -> Double { values[range].reduce(0, +) / Double(range.count) }
      let best = mean(oracle)
      let figures = modes.map { pad(NumberText.fixed(mean($0.ndcg), 4), 8) }.joined()
      let ratios = modes.map { NumberText.fixed(100 * mean($0.ndcg) / max(best, 1e-9), 0) + "%" }.joined(separator: " ")
      let begun = drifts.filter { drift in
        shares[range].contains { $0 >= drift.span.lowerBound } && shares[first] < drift.span.lowerBound
      }
      lines.append(
        pad(NumberText.fixed(shares[first], 3), 8) + pad(NumberText.fixed(best, 4), 8) + figures + ratios
          + begun.map { "  < \($0.kind.rawValue)" }.joined())
    }
    lines.append("events until 90% of the lost quality is back (share of the oracle's NDCG@10 before, at its worst):")
    for drift in drifts {
      let parts = modes.map { mode in "\(mode.mode.rawValue) \(describe(recovery(drift, mode.mode)))" }
      lines.append("  " + pad(drift.kind.rawValue, 16) + parts.joined(separator: "; "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func describe(_ recovery: Recovery?) -> String {
    guard let recovery else { return "too few events" }
    let span = "\(NumberText.fixed(recovery.before, 2)), \(NumberText.fixed(recovery.worst, 2))"
    if !recovery.hasLoss { return "no loss (\(span))" }
    return "\(recovery.eventsUntilBack.map { "\($0)" } ?? "not back") (\(span))"
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.utf8.count))
  }
}

extension Evaluator {
  /// The drifting world in every mode. `options.limit` is the number of its events; no data set is read.
  public static func drift(_ options: EvaluationOptions) throws -> DriftReport {
    let scenario = DriftScenario(
      seed: options.seed, events: options.limit ?? DriftScenario.standardEvents, showsProgress: options.showsProgress)
    var modes: [(mode: DriftMode, ndcg: [Double])] = []
    for mode in DriftMode.allCases {
      var run = DriftRun(scenario, mode: mode, options: options)
      try run.run()
      modes.append((mode, run.ndcg))
    }
    let scored = scenario.oracle.indices.filter { scenario.oracle[$0] != nil }
    return DriftReport(
      shares: scored.map { Double($0) / Double(scenario.oracle.count) }, oracle: scenario.oracle.compactMap { $0 },
      modes: modes, drifts: scenario.world.drifts, eventCount: scenario.oracle.count)
  }
}
