import Testing

@testable import Ranking

@Suite struct EarlyStoppingTests {
  private func run(_ measures: [Double?], patience: Int, indifference: Double) -> (chosen: Int, stoppedAfter: Int?) {
    var stop = EarlyStopping(patience: patience, indifference: indifference)
    for (index, ndcg) in measures.enumerated() {
      stop.note(round: index + 1, ndcg: ndcg)
      if stop.isDue(after: index + 1) { return (stop.chosen.round, index + 1) }
    }
    return (stop.chosen.round, nil)
  }

  @Test func theLastRoundThatIsNotClearlyWorseIsKept() {
    let measures = [0.10, 0.20, 0.30, 0.299, 0.298, 0.20, 0.29, 0.10]
    #expect(run(measures, patience: 10, indifference: 0) == (3, nil))
    #expect(run(measures, patience: 10, indifference: 0.0015) == (4, nil))
    #expect(run(measures, patience: 10, indifference: 0.0025) == (5, nil))
    #expect(run(measures, patience: 10, indifference: 0.02) == (7, nil))
  }

  @Test func patienceEndsIt() {
    let measures = [0.1, 0.3, 0.2, 0.2, 0.2, 0.4]
    #expect(run(measures, patience: 3, indifference: 0.01) == (2, 5))
    #expect(run(measures, patience: 4, indifference: 0.01) == (6, nil))
  }

  @Test func withoutMeasuresAllRoundsAreKept() {
    #expect(run([nil, nil, nil], patience: 2, indifference: 0.01) == (3, nil))
  }
}
