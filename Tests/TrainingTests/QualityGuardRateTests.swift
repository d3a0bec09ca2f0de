import TestSupport
import Testing

@testable import Training

/// When a new version must go, and that no other ever does.
@Suite struct QualityGuardRateTests {
  /// A stream of answers such as MovieLens gives: most wanted items are in neither list.
  struct Traffic {
    /// Chances of the wanted item among the first ten of each list.
    var hit = 0.32
    var popularityHit = 0.12
    /// Mean answers in a row of one user, with whom both do better or worse than the mean.
    var sitting = 6
    private var random: SeededRandom
    private var left = 0
    private var ease = 1.0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func answer() -> (gain: Double, popularityGain: Double) {
      if left == 0 {
        left = Int.random(in: 1...2 * sitting, using: &random)
        ease = Bool.random(using: &random) ? 1.4 : 0.6
      }
      left -= 1
      return (gain(hit), gain(popularityHit))
    }

    private mutating func gain(_ hit: Double) -> Double {
      guard Double.random(in: 0..<1, using: &random) < hit * ease else { return 0 }
      return LiveQuality.gain(Int.random(in: 0..<LiveQuality.depth, using: &random))
    }
  }

  private func feed(
    _ versions: inout QualityGuard, _ traffic: inout Traffic, version: Int64?, answers: Int
  ) -> [QualityGuard.Withdrawal] {
    (0..<answers).compactMap { _ in
      let answer = traffic.answer()
      return versions.add(version: version, gain: answer.gain, popularityGain: answer.popularityGain)
    }
  }

  // MARK: the statistics

  /// The same by the textbook: lists of batch means, and sums written out.
  @Test func theComparisonIsThatOfTheTextbook() {
    for seed in UInt64(0)..<20 {
      var traffic = Traffic(seed: seed)
      var samples: [QualitySample] = []
      var lists: [[(Double, Double)]] = []
      for (answers, hit) in [(1_237, 0.35), (803, 0.25)] {
        traffic.hit = hit
        var sample = QualitySample(answers: 1_000)
        var all: [(Double, Double)] = []
        for _ in 0..<answers {
          let answer = traffic.answer()
          sample.add(gain: answer.gain, popularityGain: answer.popularityGain)
          all.append(answer)
        }
        samples.append(sample)
        // Whole batches from the first answer on, the newest hundred of them.
        let batches = stride(from: 0, to: answers - answers % 10, by: 10).map { start in
          let batch = all[start..<start + 10]
          return (batch.reduce(0) { $0 + $1.0 } / 10, batch.reduce(0) { $0 + $1.1 } / 10)
        }
        lists.append(Array(batches.suffix(100)))
      }
      let found = QualityComparison(before: samples[0], now: samples[1])
      let (old, new) = (lists[0], lists[1])
      func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
      func error(_ values: [Double]) -> Double {
        let middle = mean(values)
        return values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(values.count - 1) / Double(values.count)
      }
      let (g, p) = (mean(old.map(\.0)), mean(old.map(\.1)))
      let (h, q) = (mean(new.map(\.0)), mean(new.map(\.1)))
      let amount = g + q - p - h
      let amountError = (error(old.map { $0.0 - $0.1 }) + error(new.map { $0.0 - $0.1 })).squareRoot()
      let factor = g * q / p - h
      let factorError =
        (q * q / p / p * error(old.map { $0.0 - g / p * $0.1 }) + error(new.map { $0.0 - g / p * $0.1 })).squareRoot()
      #expect(abs(found.fall - min(amount, factor)) < 1e-12, "seed \(seed)")
      let relative = min(max(0, amount / (g + q - p)), max(0, factor / (g * q / p)))
      #expect(abs(found.relative - relative) < 1e-12, "seed \(seed)")
      let deviation = min(max(0, amount / amountError), max(0, factor / factorError))
      #expect(abs(found.deviation - deviation) < 1e-9, "seed \(seed)")
    }
  }

  @Test func popularityThatNeverHitsExcusesNothing() {
    var samples = [QualitySample(answers: 500), QualitySample(answers: 500)]
    for number in 0..<500 {
      samples[0].add(gain: number % 3 == 0 ? 1 : 0, popularityGain: 0)
      samples[1].add(gain: 0, popularityGain: 0)
    }
    let comparison = QualityComparison(before: samples[0], now: samples[1])
    #expect(comparison.relative == 1 && comparison.deviation > 3)
    #expect(QualityComparison(before: samples[1], now: samples[0]).deviation == 0, "a rise is no fall")
  }

  // MARK: rates

  /// 2,000 versions that are no worse than the ones before them: each a chance to be mistaken, over all looks.
  @Test func falseAlarmsAreRare() {
    var alarms = 0
    let streams = 2_000
    for seed in 0..<UInt64(streams) {
      var traffic = Traffic(seed: seed)
      var versions = QualityGuard()
      alarms += feed(&versions, &traffic, version: 1, answers: 4_800).count
      alarms += feed(&versions, &traffic, version: 2, answers: 4_800).count
    }
    print("false alarms: \(alarms) of \(streams) versions (seeds 0..<\(streams))")
    #expect(Double(alarms) / Double(streams) <= 1.0 / 148)
  }

  /// The share of versions found, and after how many answers, by the size of the fall.
  @Test func fallsAreFound() {
    for (share, least) in [(0.0, 100), (0.3, 97), (0.5, 97), (0.7, 50), (0.8, 0)] {
      var found: [Int] = []
      for seed in UInt64(0)..<100 {
        var traffic = Traffic(seed: 10_000 + seed)
        var versions = QualityGuard()
        #expect(feed(&versions, &traffic, version: 1, answers: 4_800).isEmpty)
        traffic.hit *= share
        let verdicts = feed(&versions, &traffic, version: 2, answers: 4_800)
        #expect(verdicts.count <= 1)
        for verdict in verdicts {
          #expect(verdict.version == 2 && verdict.before == 1 && verdict.gain < verdict.gainBefore)
          found.append(verdict.answers)
        }
      }
      let median = found.isEmpty ? 0 : found.sorted()[found.count / 2]
      print("a ranker that keeps \(share) of its hits: \(found.count) of 100 found, the median after \(median) answers")
      #expect(found.count >= least)
    }
  }

  /// Other traffic comes with the new version, in which both do worse: by a factor, or by an amount.
  @Test func otherTrafficIsNotBlamedOnTheModel() {
    for (hit, popularityHit) in [(0.16, 0.06), (0.22, 0.02), (0.64, 0.24), (0.05, 0.0)] {
      var alarms = 0
      for seed in UInt64(0)..<300 {
        var traffic = Traffic(seed: 20_000 + seed)
        var versions = QualityGuard()
        alarms += feed(&versions, &traffic, version: 1, answers: 4_800).count
        traffic.hit = hit
        traffic.popularityHit = popularityHit
        alarms += feed(&versions, &traffic, version: 2, answers: 4_800).count
      }
      print("traffic with \(hit) and \(popularityHit) hits: \(alarms) false alarms of 300")
      #expect(alarms <= 3)
    }
  }

  // MARK: versions that come and go

  /// Answers of a version that always hits at a place, so that what must be said is certain.
  private func certain(
    _ versions: inout QualityGuard, version: Int64?, rank: Int?, answers: Int
  ) -> [QualityGuard.Withdrawal] {
    (0..<answers).compactMap { number in
      versions.add(
        version: version, gain: LiveQuality.gain(number % 2 == 0 ? rank : nil),
        popularityGain: LiveQuality.gain(number % 7 == 0 ? 3 : nil))
    }
  }

  @Test func tooFewAnswersDecideNothing() {
    var versions = QualityGuard()
    #expect(certain(&versions, version: 1, rank: 0, answers: 1_000).isEmpty)
    #expect(certain(&versions, version: 2, rank: nil, answers: 299).isEmpty)
    #expect(certain(&versions, version: 2, rank: nil, answers: 1).map(\.version) == [2])
    #expect(certain(&versions, version: 2, rank: nil, answers: 9_000).isEmpty, "said once")
    var young = QualityGuard()
    #expect(certain(&young, version: 1, rank: 0, answers: 290).isEmpty)
    #expect(certain(&young, version: 2, rank: nil, answers: 9_000).isEmpty, "nothing to compare with")
  }

  @Test func answersWithoutARankerSayNothing() {
    var versions = QualityGuard()
    #expect(certain(&versions, version: nil, rank: 0, answers: 1_000).isEmpty)
    #expect(versions.watch == nil)
    #expect(certain(&versions, version: 1, rank: nil, answers: 9_000).isEmpty, "the first has none before it")
  }

  @Test func aVersionThatComesBackIsNotJudged() {
    var versions = QualityGuard()
    _ = certain(&versions, version: 4, rank: 0, answers: 1_000)
    #expect(certain(&versions, version: 5, rank: nil, answers: 300).map(\.version) == [5])
    // The swap back, with one answer that was under way.
    #expect(certain(&versions, version: 4, rank: 9, answers: 20).isEmpty)
    #expect(certain(&versions, version: 5, rank: nil, answers: 1).isEmpty)
    #expect(certain(&versions, version: 4, rank: 9, answers: 9_000).isEmpty)
    #expect(versions.watch?.version == 4 && versions.watch?.before == nil)
    #expect(certain(&versions, version: 6, rank: nil, answers: 300).map(\.before) == [4], "not 5, which was withdrawn")
    #expect(certain(&versions, version: 2, rank: nil, answers: 9_000).isEmpty, "somebody went further back")
  }

  @Test func ofSeveralInQuickSuccessionTheLastIsComparedWithOneThatWasSeen() {
    var versions = QualityGuard()
    _ = certain(&versions, version: 1, rank: 0, answers: 1_000)
    _ = certain(&versions, version: 2, rank: 0, answers: 50)
    _ = certain(&versions, version: 3, rank: 0, answers: 50)
    #expect(certain(&versions, version: 2, rank: nil, answers: 9_000).isEmpty, "out of turn: left out")
    let verdicts = certain(&versions, version: 4, rank: nil, answers: 300)
    #expect(verdicts.map(\.version) == [4] && verdicts.map(\.before) == [1])
    // 4 goes, and 3 serves, which nobody knows yet.
    #expect(certain(&versions, version: 3, rank: nil, answers: 300).map(\.version) == [3])
    #expect(certain(&versions, version: 1, rank: 0, answers: 300).isEmpty)
    var next = QualityGuard()
    _ = certain(&next, version: 1, rank: 0, answers: 1_000)
    _ = certain(&next, version: 2, rank: 0, answers: 9_000)
    #expect(certain(&next, version: 3, rank: nil, answers: 300).map(\.before) == [2])
  }

  @Test func memoryIsBounded() {
    var sample = QualitySample(answers: 95)
    for number in 0..<10_000 { sample.add(gain: Double(number), popularityGain: 0) }
    #expect(sample.count == 100 && sample.batches.count == 10)
    #expect(abs(sample.gain - 9_949.5) < 1e-9, "the newest")
  }
}
