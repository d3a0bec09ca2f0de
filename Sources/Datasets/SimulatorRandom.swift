import Glibc

/// A seeded stream of numbers (splitmix64), the same on every machine.
public struct SimulatorRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x2545_F491_4F6C_DD1D }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }

  /// Uniform in 0..<1.
  public mutating func unit() -> Float { Float(next() >> 40) / 16_777_216 }

  /// Uniform in 0..<bound.
  public mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  /// Exponential with mean 1.
  mutating func exponential() -> Double { -log1p(-Double(next() >> 11) / 9_007_199_254_740_992) }

  /// Normal, by the sum of twelve uniforms: its tails end at 6, which is what a bounded world wants.
  mutating func normal() -> Float {
    var sum: Float = -6
    for _ in 0..<12 { sum += unit() }
    return sum
  }
}

/// Draws places in proportion to weights, in constant time (Vose's alias method).
struct AliasTable: Sendable {
  private var chances: [Float] = []
  private var aliases: [Int32] = []

  /// - Precondition: one weight or more, none negative, their sum above 0.
  init(_ weights: [Double]) {
    let sum = weights.reduce(0, +)
    precondition(sum > 0, "an alias table needs weight")
    var scaled = weights.map { $0 * Double(weights.count) / sum }
    var small = scaled.indices.filter { scaled[$0] < 1 }
    var large = scaled.indices.filter { scaled[$0] >= 1 }
    chances = Array(repeating: 1, count: weights.count)
    aliases = (0..<weights.count).map { Int32($0) }
    while let low = small.popLast(), let high = large.popLast() {
      chances[low] = Float(scaled[low])
      aliases[low] = Int32(high)
      scaled[high] -= 1 - scaled[low]
      if scaled[high] < 1 { small.append(high) } else { large.append(high) }
    }
  }

  func draw(_ random: inout SimulatorRandom) -> Int {
    let place = random.below(chances.count)
    return random.unit() < chances[place] ? place : Int(aliases[place])
  }
}
