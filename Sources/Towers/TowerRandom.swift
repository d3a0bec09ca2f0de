import Identity

/// splitmix64: small, fast, and the same everywhere for the same seed.
struct TowerRandom {
  private var state: UInt64

  init(seed: UInt64) { state = Hash64.mix(seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Hash64.mix(state)
  }

  /// In 0..<1.
  mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// In 0..<bound; the bias of at most bound / 2^64 does not matter here.
  mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  /// Roughly normal with deviation 1: the sum of four uniforms.
  mutating func normal() -> Float { (unit() + unit() + unit() + unit() - 2) * 1.732 }

  mutating func shuffle(_ values: inout [Int32]) {
    guard values.count > 1 else { return }
    for place in stride(from: values.count - 1, to: 0, by: -1) { values.swapAt(place, below(place + 1)) }
  }
}
