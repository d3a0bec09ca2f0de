import Lifecycle
import Testing

@testable import Training

@Suite struct TrainingClockTests {
  @Test func theLinearModelIsFittedAfterATenthMore() {
    var clock = LinearClock()
    #expect(!clock.isDue(learned: 1_999))
    #expect(clock.isDue(learned: 2_000))
    clock.wasFitted(learned: 100_000)
    #expect(!clock.isDue(learned: 109_999))
    #expect(clock.isDue(learned: 110_000))
  }

  @Test func theRankerIsTrainedEarlyThenByTheClock() {
    let time = ManualClock()
    var clock = RankerClock(interval: .seconds(600), clock: time)
    #expect(!clock.isDue(received: RankerClock.minimumGroups - 1))
    #expect(clock.isDue(received: RankerClock.minimumGroups))
    clock.wasTrained(received: 600)
    #expect(!clock.isDue(received: 1_100), "neither doubled nor due")
    #expect(clock.isDue(received: 1_200), "doubled")
    clock.wasTrained(received: 1_200)
    time.advance(by: .seconds(601))
    #expect(clock.isDue(received: 1_300), "due by the clock")
    #expect(!clock.isDue(received: 1_200), "nothing new")
    #expect(!clock.isDue(received: 1_299), "too few for the gate")
  }
}
