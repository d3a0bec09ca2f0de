import Glibc
import Testing

@testable import Training

@Suite struct QualityGuardTests {
  /// Answers as live ones are: most gain nothing, some a rank's worth; popularity shares part of the luck.
  private struct Stream {
    var random: GroupRandom
    init(seed: UInt64) { random = GroupRandom(seed: seed, sequence: 1) }

    mutating func answer(hit: Double, popularityHit: Double) -> (gain: Double, popularity: Double) {
      let luck = Double(random.below(1_000_000)) / 1_000_000
      let rank = Double(random.below(10))
      let popularityLuck = Double(random.below(1_000_000)) / 1_000_000
      return (
        luck < hit ? 1 / log2(2 + rank) : 0,
        (luck < hit ? popularityLuck < 0.2 : popularityLuck < popularityHit) ? 1 / log2(2 + rank) : 0
      )
    }
  }

  private func feed(
    _ judge: inout QualityGuard, _ stream: inout Stream, _ version: Int64, answers: Int, hit: Double,
    popularityHit: Double = 0.1
  ) -> (withdrawal: QualityGuard.Withdrawal, after: Int)? {
    for number in 1...answers {
      let answer = stream.answer(hit: hit, popularityHit: popularityHit)
      if let found = judge.add(version: version, gain: answer.gain, popularityGain: answer.popularity) {
        return (found, number)
      }
    }
    return nil
  }

  @Test func rankersAsGoodAsTheOneBeforeStay() {
    var alarms = 0
    for seed in 0..<2_000 as Range<UInt64> {
      var judge = QualityGuard()
      var stream = Stream(seed: seed)
      _ = feed(&judge, &stream, 1, answers: 2_000, hit: 0.28)
      if feed(&judge, &stream, 2, answers: 2_500, hit: 0.28) != nil { alarms += 1 }
    }
    print("QualityGuard: \(alarms) false alarms in 2,000 streams of seeds 0..<2000")
    #expect(alarms <= 10)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func aFallIsFoundOnce(seed: UInt64) throws {
    var judge = QualityGuard()
    var stream = Stream(seed: seed)
    #expect(feed(&judge, &stream, 1, answers: 2_000, hit: 0.28) == nil)
    let found = try #require(feed(&judge, &stream, 2, answers: 4_800, hit: 0.14), "seed \(seed)")
    #expect(found.withdrawal.version == 2 && found.withdrawal.before == 1)
    #expect(found.withdrawal.comparison.fall > 0 && found.withdrawal.comparison.deviation >= 3)
    #expect(found.after >= 300)
    // Members that have not heard go on with it for a while.
    #expect(feed(&judge, &stream, 2, answers: 1_000, hit: 0.14) == nil)
    #expect(feed(&judge, &stream, 1, answers: 600, hit: 0.28) == nil)
    // The next is compared with the good one, whatever its own number of answers.
    let next = try #require(feed(&judge, &stream, 3, answers: 4_800, hit: 0.14), "seed \(seed)")
    #expect(next.withdrawal.before == 1)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func harderTrafficIsNotTheRankersFault(seed: UInt64) {
    var judge = QualityGuard()
    var stream = Stream(seed: seed)
    // Popularity finds much of it, and then nothing; the lists lose as much as it does.
    _ = feed(&judge, &stream, 1, answers: 2_000, hit: 0.2, popularityHit: 0.2)
    #expect(feed(&judge, &stream, 2, answers: 2_500, hit: 0.1, popularityHit: 0.1) == nil, "seed \(seed)")
  }

  @Test func fewAnswersDecideNothing() {
    var judge = QualityGuard()
    var stream = Stream(seed: 5)
    _ = feed(&judge, &stream, 1, answers: 299, hit: 0.9)
    #expect(feed(&judge, &stream, 2, answers: 3_000, hit: 0) == nil, "too little is known of the one before")
    var other = QualityGuard()
    _ = feed(&other, &stream, 1, answers: 2_000, hit: 0.9)
    #expect(feed(&other, &stream, 2, answers: 299, hit: 0) == nil)
    #expect(feed(&other, &stream, 3, answers: 299, hit: 0) == nil)
    #expect(feed(&other, &stream, 3, answers: 1, hit: 0)?.withdrawal.before == 1)
    #expect(other.add(version: nil, gain: 0, popularityGain: 0) == nil, "no ranker made the list")
  }
}
