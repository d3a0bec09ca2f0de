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
    _ judge: inout QualityGuard, _ stream: inout Stream, _ version: String, answers: Int, hit: Double,
    popularityHit: Double = 0.1
  ) -> (withdrawal: QualityGuard.Withdrawal, after: Int)? {
    for number in 1...answers {
      let answer = stream.answer(hit: hit, popularityHit: popularityHit)
      if let found = judge.add(ranker: version, gain: answer.gain, popularityGain: answer.popularity) {
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
      _ = feed(&judge, &stream, "ranker-1", answers: 2_000, hit: 0.28)
      if feed(&judge, &stream, "ranker-2", answers: 2_500, hit: 0.28) != nil { alarms += 1 }
    }
    print("QualityGuard: \(alarms) false alarms in 2,000 streams of seeds 0..<2000")
    #expect(alarms <= 10)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func aFallIsFoundOnce(seed: UInt64) throws {
    var judge = QualityGuard()
    var stream = Stream(seed: seed)
    #expect(feed(&judge, &stream, "ranker-1", answers: 2_000, hit: 0.28) == nil)
    let found = try #require(feed(&judge, &stream, "ranker-2", answers: 2_000, hit: 0.14), "seed \(seed)")
    #expect(found.withdrawal.version == "ranker-2" && found.withdrawal.before == "ranker-1")
    #expect(found.withdrawal.fall > 0 && found.withdrawal.significance > 3.5)
    #expect(found.after >= 500)
    // Members that have not heard go on with it for a while.
    #expect(feed(&judge, &stream, "ranker-2", answers: 1_000, hit: 0.14) == nil)
    #expect(feed(&judge, &stream, "ranker-1", answers: 600, hit: 0.28) == nil)
    // The next is compared with the good one, whatever its own number of answers.
    let next = try #require(feed(&judge, &stream, "ranker-3", answers: 2_000, hit: 0.14), "seed \(seed)")
    #expect(next.withdrawal.before == "ranker-1")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func harderTrafficIsNotTheRankersFault(seed: UInt64) {
    var judge = QualityGuard()
    var stream = Stream(seed: seed)
    // Popularity finds much of it, and then nothing; the lists lose as much as it does.
    _ = feed(&judge, &stream, "ranker-1", answers: 2_000, hit: 0.2, popularityHit: 0.2)
    #expect(feed(&judge, &stream, "ranker-2", answers: 2_500, hit: 0.1, popularityHit: 0.1) == nil, "seed \(seed)")
  }

  @Test func fewAnswersDecideNothing() {
    var judge = QualityGuard()
    var stream = Stream(seed: 5)
    _ = feed(&judge, &stream, "ranker-1", answers: 499, hit: 0.9)
    #expect(feed(&judge, &stream, "ranker-2", answers: 3_000, hit: 0) == nil, "too little is known of the one before")
    var other = QualityGuard()
    _ = feed(&other, &stream, "ranker-1", answers: 2_000, hit: 0.9)
    #expect(feed(&other, &stream, "ranker-2", answers: 499, hit: 0) == nil)
    #expect(feed(&other, &stream, "ranker-3", answers: 499, hit: 0) == nil)
    #expect(feed(&other, &stream, "ranker-3", answers: 1, hit: 0)?.withdrawal.before == "ranker-1")
    #expect(other.add(ranker: nil, gain: 0, popularityGain: 0) == nil, "no ranker made the list")
  }

  /// The same judgement from all answers, written down plainly: Welch's test on what was gained over popularity.
  private func isWorse(_ now: [(gain: Double, popularity: Double)], _ before: [(gain: Double, popularity: Double)])
    -> Bool
  {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func squaredError(_ values: [Double]) -> Double {
      let middle = mean(values)
      return mean(values.map { ($0 - middle) * ($0 - middle) }) / Double(values.count - 1)
    }
    let (new, old) = (
      now.suffix(2_000).map { $0.gain - $0.popularity }, before.suffix(2_000).map { $0.gain - $0.popularity }
    )
    let fall = mean(old) - mean(new)
    return fall > 3.5 * (squaredError(new) + squaredError(old)).squareRoot()
      && fall > 0.1 * mean(before.suffix(2_000).map(\.gain))
  }

  /// Falls of every size, decided at the same answer as by the plain judgement.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func itDecidesAsAPlainTestOnAllAnswersDoes(seed: UInt64) {
    var judge = QualityGuard()
    var stream = Stream(seed: seed)
    let hit = 0.28 - 0.005 * Double(seed)
    let before = (0..<700 + 50 * Int(seed)).map { _ in stream.answer(hit: 0.28, popularityHit: 0.1) }
    for answer in before { _ = judge.add(ranker: "ranker-1", gain: answer.gain, popularityGain: answer.popularity) }
    var now: [(gain: Double, popularity: Double)] = []
    var decided: Int?
    var expected: Int?
    for number in 1...2_300 {
      let answer = stream.answer(hit: hit, popularityHit: 0.1)
      now.append(answer)
      if judge.add(ranker: "ranker-2", gain: answer.gain, popularityGain: answer.popularity) != nil { decided = number }
      if expected == nil, number >= 500, number <= 2_000, number.isMultiple(of: 100), isWorse(now, before) {
        expected = number
      }
    }
    #expect(decided == expected, "seed \(seed)")
  }

  /// One ranker after another, faster than any can be judged, and the one before them all is still the measure.
  @Test func manyVersionsInAHurryAreComparedWithTheLastThatWasKnown() throws {
    var judge = QualityGuard()
    var stream = Stream(seed: 21)
    #expect(feed(&judge, &stream, "ranker-1", answers: 2_000, hit: 0.28) == nil)
    for number in 2...30 { #expect(feed(&judge, &stream, "ranker-\(number)", answers: 99, hit: 0) == nil) }
    let found = try #require(feed(&judge, &stream, "ranker-31", answers: 600, hit: 0.05))
    #expect(found.withdrawal.version == "ranker-31" && found.withdrawal.before == "ranker-1")
    // Back on one that was never judged: its answers begin anew.
    #expect(feed(&judge, &stream, "ranker-30", answers: 499, hit: 0.05) == nil)
    #expect(feed(&judge, &stream, "ranker-30", answers: 1, hit: 0.05)?.withdrawal.before == "ranker-1")
  }

  @Test func figuresAreThoseOfTheNewestAnswers() {
    var stream = Stream(seed: 7)
    var answers = RankerAnswers(version: "ranker-1", window: 300)
    var all: [(gain: Double, difference: Double)] = []
    for number in 1...1_000 {
      let answer = stream.answer(hit: 0.3, popularityHit: 0.1)
      answers.add(gain: answer.gain, popularityGain: answer.popularity)
      all.append((answer.gain, answer.gain - answer.popularity))
      guard number > 1, number.isMultiple(of: 90) else { continue }
      let kept = all.suffix(300)
      let mean = kept.map(\.difference).reduce(0, +) / Double(kept.count)
      let variance =
        kept.map { ($0.difference - mean) * ($0.difference - mean) }.reduce(0, +) / Double(kept.count - 1)
      let figures = answers.figures
      #expect(figures.count == kept.count && answers.count == number)
      #expect(abs(figures.gain - kept.map(\.gain).reduce(0, +) / Double(kept.count)) < 1e-6)
      #expect(abs(figures.difference - mean) < 1e-6 && abs(figures.differenceVariance - variance) < 1e-6)
    }
  }
}
