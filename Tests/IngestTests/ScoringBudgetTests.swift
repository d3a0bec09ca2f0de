import Lifecycle
import Testing

@testable import Ingest

@Suite struct ScoringBudgetTests {
  @Test func scoringTakesItsShareAndNoMore() {
    let clock = ManualClock()
    var budget = ScoringBudget(clock: clock)
    var scoring = Duration.zero
    var passed = Duration.zero
    while passed < .seconds(1_000) {
      if budget.admits() {
        let start = budget.now
        clock.advance(by: .milliseconds(2))
        budget.spent(since: start)
        scoring += .milliseconds(2)
        passed += .milliseconds(2)
      }
      clock.advance(by: .milliseconds(1))
      passed += .milliseconds(1)
    }
    let beyondBurst = (scoring - ScoringBudget.burst) / passed
    #expect(abs(beyondBurst - ScoringBudget.share) < 0.001)
  }

  /// Who leaves a reserve spends what is above it, and nothing while others spend all that comes in.
  @Test func aReserveIsLeftToOthers() {
    let clock = ManualClock()
    var budget = ScoringBudget(clock: clock)
    func spend(_ time: Duration) {
      let start = budget.now
      clock.advance(by: time)
      budget.spent(since: start)
    }
    let reserve = ScoringBudget.burst / 2
    while budget.admits(leaving: reserve) { spend(.milliseconds(10)) }
    let isLeft = budget.admits()
    #expect(isLeft)
    while budget.admits() { spend(.milliseconds(10)) }
    var others = 0
    for _ in 0..<10_000 {
      clock.advance(by: .milliseconds(1))
      if budget.admits() { spend(.milliseconds(2)) }
      if budget.admits(leaving: reserve) { others += 1 }
    }
    #expect(others == 0)
  }

  @Test func aQuietTimeSavesUpOneBurst() {
    let clock = ManualClock()
    var budget = ScoringBudget(clock: clock)
    clock.advance(by: .seconds(86_400))
    var scored = Duration.zero
    while budget.admits() {
      let start = budget.now
      clock.advance(by: .milliseconds(10))
      budget.spent(since: start)
      scored += .milliseconds(10)
    }
    #expect(scored >= ScoringBudget.burst && scored < ScoringBudget.burst * 1.2)
  }
}
