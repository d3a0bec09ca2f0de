import Datasets
import Testing

@testable import Evaluation

@Suite struct DriftReportTests {
  /// 6,000 scored events; one mode loses half of its quality at 0.5 and has it back in a line by 0.7.
  private func report() -> DriftReport {
    let shares = (0..<6_000).map { Double($0) / 6_000 }
    let ndcg = shares.map { share in
      share < 0.5 ? 0.4 : (share < 0.7 ? 0.2 + 0.2 * (share - 0.5) / 0.2 : 0.4)
    }
    return DriftReport(
      shares: shares, oracle: Array(repeating: 0.5, count: 6_000),
      modes: [(.live, ndcg), (.frozen, Array(repeating: 0.3, count: 6_000))],
      drifts: [WorldDrift(.tasteRotation, 0.5..<1)], eventCount: 12_000)
  }

  @Test func recoveryIsMeasuredFromTheDriftsBeginning() throws {
    let recovery = try #require(report().recovery(WorldDrift(.tasteRotation, 0.5..<1), .live))
    #expect(abs(recovery.before - 0.8) < 1e-9)
    #expect(recovery.worst > 0.4 && recovery.worst < 0.5)
    // Back at 90% at a share of about 0.68; the rolling mean looks back over half a window of 500 more.
    let back = try #require(recovery.eventsUntilBack)
    #expect(back > 2_000 && back < 3_200, "\(back)")
  }

  @Test func aSteadyModeHasNoLoss() throws {
    let recovery = try #require(report().recovery(WorldDrift(.tasteRotation, 0.5..<1), .frozen))
    #expect(!recovery.hasLoss && recovery.eventsUntilBack == nil)
    #expect(report().recovery(WorldDrift(.tasteRotation, 0.5..<1), .hourly) == nil)
    #expect(report().text.contains("no loss"))
  }

  @Test func aSmallWorldRunsInEveryModeAndRepeats() throws {
    var options = EvaluationOptions(dataFolder: "")
    options.limit = 4_000
    options.showsProgress = false
    options.recipe.kind = .lambdaMART
    let first = try Evaluator.drift(options)
    let second = try Evaluator.drift(options)
    #expect(first.text == second.text)
    let oracle = first.oracle.reduce(0, +)
    for mode in first.modes {
      #expect(mode.ndcg.count == first.oracle.count)
      #expect(mode.ndcg.reduce(0, +) < oracle, "\(mode.mode)")
    }
  }
}
