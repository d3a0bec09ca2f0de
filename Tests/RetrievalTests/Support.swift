import Identity

@testable import Retrieval

/// splitmix64, so that a failing seed can be run again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: Int) { state = UInt64(seed) }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Hash64.mix(state)
  }
}

/// An index as simple as can be: a dictionary, searched from end to end.
struct DictionaryIndex {
  var vectors: [Int64: [Float]] = [:]

  func search(_ query: [Float], k: Int, barred: [Bool]? = nil) -> [(label: Int64, score: Float)] {
    vectors.filter { entry in
      guard let barred else { return true }
      return Int(entry.key) < barred.count && !barred[Int(entry.key)]
    }
    .map { (label: $0.key, score: zip($0.value, query).reduce(0) { $0 + $1.0 * $1.1 }) }
    .sorted { $0.score > $1.score }
    .prefix(k).map { $0 }
  }
}

func randomVector(_ dimension: Int, _ random: inout SeededGenerator) -> [Float] {
  let raw = (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
  let norm = raw.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
  return raw.map { $0 / norm }
}

extension VectorIndexSnapshot {
  func hits(_ query: [Float], k: Int, barred: [Bool]? = nil, probe: Int? = nil) throws -> [(label: Int64, score: Float)]
  {
    var scores = [Float](repeating: 0, count: max(1, k))
    var labels = [Int64](repeating: -1, count: max(1, k))
    let found =
      if let barred {
        try barred.withUnsafeBufferPointer {
          try search(query, k: k, barred: $0, probe: probe, scores: &scores, labels: &labels)
        }
      } else {
        try search(query, k: k, probe: probe, scores: &scores, labels: &labels)
      }
    return (0..<found).map { (labels[$0], scores[$0]) }
  }
}
