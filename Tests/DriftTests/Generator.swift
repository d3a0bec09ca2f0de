import Drift
import Glibc

/// splitmix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }

  mutating func uniform() -> Double { Double.random(in: 0..<1, using: &self) }
  mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}

/// Requests whose candidates have features of every awkward kind.
struct Requests {
  static let names = ["normal", "heavy_tail", "mostly_zero", "constant", "count", "of_user"]
  static let candidates = 50

  private var random: SeededGenerator
  init(seed: UInt64) { random = SeededGenerator(seed) }

  /// One request: `candidates` x `names.count`, row-major, and a score a row.
  mutating func next(skew: (Int, Float) -> Float = { $1 }) -> (matrix: [Float], scores: [Double]) {
    let user = Float(random.normal())
    var matrix: [Float] = []
    var scores: [Double] = []
    for _ in 0..<Self.candidates {
      let row: [Float] = [
        Float(random.normal()), Float(exp(2 * random.normal())),
        random.uniform() < 0.8 ? 0 : Float(random.uniform()), 3, Float(Int(-4 * log(1 - random.uniform()))), user,
      ]
      let skewed = row.enumerated().map { skew($0, $1) }
      matrix += skewed
      scores.append(Double(skewed[0]) + 0.1 * Double(skewed[4]))
    }
    return (matrix, scores)
  }

  /// What training saw, in `groups` requests.
  mutating func reference(groups: Int, withPredictions: Bool = true) throws -> ReferenceHistograms {
    var matrix: [Float] = []
    var scores: [Double] = []
    for _ in 0..<groups {
      let request = next()
      matrix += request.matrix
      scores += request.scores
    }
    return try ReferenceHistograms(
      matrix: matrix, rows: scores.count, stride: Self.names.count, names: Self.names, schemaHash: 77, draws: groups,
      predictions: withPredictions ? scores : [])
  }

  /// One window as serving makes it: sampler, drain, count.
  mutating func window(
    _ reference: ReferenceHistograms, _ sampler: ServedVectorSampler, requests: Int,
    skew: (Int, Float) -> Float = { $1 }
  ) -> HistogramWindow {
    var window = HistogramWindow(reference)
    for _ in 0..<requests {
      let request = next(skew: skew)
      sampler.offer(request.matrix, rows: Self.candidates, stride: Self.names.count, scores: request.scores)
    }
    window.add(sampler.drain())
    return window
  }
}
