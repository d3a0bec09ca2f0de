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
