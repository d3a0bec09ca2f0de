import Glibc
import Numerics

/// One interaction of a history, as the towers read it.
public struct TowerEvent: Sendable, BitwiseCopyable {
  /// Row of the item in the model; entries without one are left out by the caller.
  public var row: Int32
  /// See `TowerBuckets.kind`.
  public var kind: UInt8
  public var timeMs: Int64

  public init(row: Int32, kind: UInt8, timeMs: Int64) {
    self.row = row
    self.kind = kind
    self.timeMs = timeMs
  }

  public var isPositive: Bool { TowerBuckets.isPositive(kind) }
}

/// Who asks and when: the rest of the user tower's input.
public struct TowerContext: Sendable {
  public var nowMs: Int64
  /// Interactions of the user so far.
  public var eventCount: Int
  /// Codes of the profile's attributes, none of them behind a 0.
  public var profile: SIMD8<UInt16>

  public init(nowMs: Int64, eventCount: Int, profile: SIMD8<UInt16> = .zero) {
    self.nowMs = nowMs
    self.eventCount = eventCount
    self.profile = profile
  }
}

/// The learned weights of the pools, ready to be multiplied: exp of the logits of age and gap, the factor of each kind.
struct PoolWeights: Sendable {
  private(set) var values: [Float]
  let heads: Int
  static let stride = TowerBuckets.ages + TowerBuckets.gaps + TowerBuckets.kinds

  init(_ core: UnsafePointer<Float>, _ layout: TowerLayout) {
    heads = layout.heads
    values = Array(repeating: 0, count: heads * Self.stride)
    refresh(core, layout)
  }

  mutating func refresh(_ core: UnsafePointer<Float>, _ layout: TowerLayout) {
    for head in 0..<heads {
      let own = head * Self.stride
      for age in 0..<TowerBuckets.ages { values[own + age] = expf(core[layout.ages + head * TowerBuckets.ages + age]) }
      for gap in 0..<TowerBuckets.gaps {
        values[own + TowerBuckets.ages + gap] = expf(core[layout.gaps + head * TowerBuckets.gaps + gap])
      }
      for kind in 0..<TowerBuckets.kinds {
        values[own + TowerBuckets.ages + TowerBuckets.gaps + kind] =
          core[layout.kinds + head * TowerBuckets.kinds + kind]
      }
    }
  }
}

/// The forward pass of the user tower: the same function in training, serving and the step at each event.
enum UserTower {
  /// Pools the history: pool[k] = sum over entries of a * kind * input, a being exp(age + gap) over the sum of all such
  /// and 1. The 1 keeps a short history short.
  /// - Parameters:
  ///   - events: `count` entries, newest first; `row` counts rows of `inputs`.
  ///   - pools: receives heads * dimension floats.
  ///   - shares: receives a for each head and entry (heads * count); nil where nobody asks.
  static func pool(
    _ weights: borrowing PoolWeights, _ events: UnsafePointer<TowerEvent>, count: Int, nowMs: Int64,
    inputs: UnsafePointer<Float>, dimension: Int, into pools: UnsafeMutablePointer<Float>,
    shares: UnsafeMutablePointer<Float>? = nil
  ) {
    pools.update(repeating: 0, count: weights.heads * dimension)
    weights.values.withUnsafeBufferPointer { values in
      TowerBuckets.ageBucket.withUnsafeBufferPointer { ageBucket in
        for head in 0..<weights.heads {
          let ages = head * PoolWeights.stride
          let gaps = ages + TowerBuckets.ages
          let kinds = gaps + TowerBuckets.gaps
          let pool = pools + head * dimension
          var total: Float = 1
          for age in 0..<count {
            let event = events[age]
            let share = values[ages + Int(ageBucket[age])] * values[gaps + TowerBuckets.gap(nowMs &- event.timeMs)]
            total += share
            Vectors.add(
              share * values[kinds + Int(event.kind)], inputs + Int(event.row) * dimension, to: pool, dimension)
            shares?[head * count + age] = share
          }
          let scale = 1 / total
          for place in 0..<dimension { pool[place] *= scale }
          guard let shares else { continue }
          for age in 0..<count { shares[head * count + age] *= scale }
        }
      }
    }
  }

  /// Events of the running session among the newest `count`.
  static func sessionLength(_ events: UnsafePointer<TowerEvent>, count: Int, nowMs: Int64) -> Int {
    var length = 0
    while length < count, nowMs &- events[length].timeMs < TowerBuckets.sessionGapMs { length += 1 }
    return length
  }

  /// out += what activity, session and profile say.
  static func addContext(
    _ core: UnsafePointer<Float>, _ layout: TowerLayout, stage: Int, session: Int,
    profile: SIMD8<UInt16>, to out: UnsafeMutablePointer<Float>
  ) {
    let dimension = layout.dimension
    Vectors.add(1, core + layout.stages + stage * dimension, to: out, dimension)
    Vectors.add(1, core + layout.sessions + session * dimension, to: out, dimension)
    for place in 0..<profile.scalarCount where profile[place] != 0 {
      let row = layout.profiles + TowerBuckets.profile(profile[place]) * dimension
      Vectors.add(1, core + row, to: out, dimension)
    }
  }

  /// Hands the gradient of a user's vector on to the tables of `addContext`.
  static func addBackContext(
    _ gradients: UnsafeMutablePointer<Float>, _ layout: TowerLayout, stage: Int, session: Int,
    profile: SIMD8<UInt16>, _ gradient: UnsafePointer<Float>
  ) {
    let dimension = layout.dimension
    Vectors.add(1, gradient, to: gradients + layout.stages + stage * dimension, dimension)
    Vectors.add(1, gradient, to: gradients + layout.sessions + session * dimension, dimension)
    for place in 0..<profile.scalarCount where profile[place] != 0 {
      let row = layout.profiles + TowerBuckets.profile(profile[place]) * dimension
      Vectors.add(1, gradient, to: gradients + row, dimension)
    }
  }
}
