import Drift
import Glibc
import Testing

@Suite struct DivergenceTests {
  /// The textbook's sums over smoothed shares.
  private func naive(_ a: [UInt64], _ b: [UInt64]) -> (kl: Double, psi: Double, js: Double) {
    let used = a.indices.filter { a[$0] > 0 || b[$0] > 0 }
    func shares(_ counts: [UInt64]) -> [Double] {
      let raised = used.map { Double(counts[$0]) + 0.5 }
      let total = raised.reduce(0, +)
      return raised.map { $0 / total }
    }
    func kl(_ p: [Double], _ q: [Double]) -> Double { zip(p, q).map { $0 * log($0 / $1) }.reduce(0, +) }
    let p = shares(a)
    let q = shares(b)
    let m = zip(p, q).map { ($0 + $1) / 2 }
    let psi = zip(p, q).map { ($0 - $1) * log($0 / $1) }.reduce(0, +)
    return (kl(p, q), psi, (kl(p, m) + kl(q, m)) / 2)
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func theMeasuresAreThoseOfTheTextbook(seed: UInt64) {
    print("seed \(seed)")
    var random = SeededGenerator(seed)
    let bins = Int.random(in: 1...22, using: &random)
    let training = (0..<bins).map { _ in UInt64.random(in: 0...5_000, using: &random) }
    let served = (0..<bins).map { _ in random.uniform() < 0.2 ? 0 : UInt64.random(in: 0...50, using: &random) }
    let found = Divergence(training: training, served: served)
    let expected = naive(training, served)
    #expect(abs(found.kl - expected.kl) < 1e-12)
    #expect(abs(found.psi - expected.psi) < 1e-12)
    #expect(abs(found.js - expected.js) < 1e-12)
    #expect(found.js <= log(2) && found.kl >= 0)
  }

  @Test func equalSharesAreNothingApartAndDisjointOnesAreFarApart() {
    let same = Divergence(training: [100, 0, 300, 600], served: [100, 0, 300, 600])
    #expect(same.kl == 0 && same.psi == 0 && same.js == 0 && same.degreesOfFreedom == 2)
    let apart = Divergence(training: [1_000, 0], served: [0, 1_000])
    #expect(apart.kl > 5 && apart.js > 0.6 && apart.js <= log(2))
    let nothing = Divergence(training: [0, 0], served: [0, 0])
    #expect(nothing.kl == 0 && nothing.degreesOfFreedom == 0)
  }

  @Test func theNoiseFloorHoldsWhatChanceGives() {
    print("seed 11")
    var random = SeededGenerator(11)
    let cells = 10
    var above = 0
    var sum = 0.0
    let trials = 2_000
    for _ in 0..<trials {
      var counts = [[UInt64]](repeating: [UInt64](repeating: 0, count: cells), count: 2)
      for _ in 0..<5_000 { counts[0][Int.random(in: 0..<cells, using: &random)] += 1 }
      for _ in 0..<500 { counts[1][Int.random(in: 0..<cells, using: &random)] += 1 }
      let found = Divergence(training: counts[0], served: counts[1])
      let floor = found.noiseFloor(draws: 500, referenceDraws: 5_000, significance: 5)
      sum += found.kl / found.noiseFloor(draws: 500, referenceDraws: 5_000, significance: 0)
      if found.kl > floor { above += 1 }
    }
    // The mean is (bins - 1) / 2 * (1/n + 1/m); beyond five deviations lie some 3 in 10,000.
    #expect(abs(sum / Double(trials) - 1) < 0.1)
    #expect(above <= 4)
  }
}
