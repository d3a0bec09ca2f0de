import Identity

/// A seeded stream of numbers, one per group: which negatives a group keeps depends on its own number alone.
struct GroupRandom {
  private var state: UInt64

  init(seed: UInt64, sequence: UInt64) { state = Hash64.mix(seed ^ Hash64.mix(sequence)) }

  /// Uniform in 0..<bound.
  mutating func below(_ bound: Int) -> Int {
    state = Hash64.mix(state)
    return Int(state.multipliedFullWidth(by: UInt64(bound)).high)
  }
}
