import Glibc
import Identity
import Numerics

/// p_u: what a user's events have moved the user's vector by, since the towers were trained.
///
///     u = normalise(normalise(UserTower(history, context)) + p_u)
///
/// A view, never a fact: it belongs to one version of the towers, and is derived again from the stored history where the
/// version is another, or where it was lost.
public struct UserVectorState: Sendable, Equatable {
  /// Version of the towers that it was moved under.
  public internal(set) var version: UInt64
  /// `dimension` floats.
  public internal(set) var values: [Float]

  /// One that no event has moved.
  public init(_ model: TowerModel) {
    version = model.version
    values = Array(repeating: 0, count: model.dimension)
  }

  init(version: UInt64, values: [Float]) {
    self.version = version
    self.values = values
  }

  /// Makes it one that no event has moved, in the memory that it has.
  public mutating func reset(_ model: TowerModel) {
    version = model.version
    if values.count == model.dimension {
      for place in values.indices { values[place] = 0 }
    } else {
      values = Array(repeating: 0, count: model.dimension)
    }
  }

  /// Whether it can be used with `model` as it is.
  public func belongs(to model: TowerModel) -> Bool { version == model.version && values.count == model.dimension }

  /// Positive events of the newest history from which it is derived: what lies before weighs less than
  /// `stepKeep`^32.
  public static let derivedEvents = 32

  /// Negatives that are drawn for a step; the one that the user's vector likes best is used.
  static let drawnNegatives = 8

  /// One step of BPR at a positive event: p = keep * p + rate * gradient of ln sigmoid(s * (u.v_target - u.v_negative)).
  ///
  /// The negative is drawn by `seed` alone, so that the same events give the same vector in every process.
  /// - Parameters:
  ///   - tower: the user tower's vector before the event, of length 1 (`dimension` floats).
  ///   - target: row of the event's item.
  ///   - seed: a hash of the event.
  /// - Complexity: O(dimension); no allocation.
  /// - Note: S. Rendle et al., "BPR", UAI 2009; the hardest of a few negatives after W. Zhang et al., SIGIR 2013.
  public mutating func step(
    _ model: TowerModel, tower: UnsafePointer<Float>, target: Int32, seed: UInt64
  ) {
    let dimension = model.dimension
    guard belongs(to: model), model.count > 1 else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension) { user in
      let user = user.baseAddress.unsafelyUnwrapped
      user.update(from: tower, count: dimension)
      Vectors.add(1, values, to: user, dimension)
      let norm = sqrtf(Vectors.dot(user, user, dimension))
      guard Vectors.normalise(user, dimension) else { return }
      model.vectors.withUnsafeBufferPointer { vectors in
        let table = vectors.baseAddress.unsafelyUnwrapped
        let positive = table + Int(target) * dimension
        let negative = table + Self.negative(model, table, user: user, target: target, seed: seed) * dimension
        let own = Vectors.dot(user, positive, dimension)
        let other = Vectors.dot(user, negative, dimension)
        let slope = model.scale / (1 + expf(model.scale * (own - other)))
        let weight = model.stepRate * slope / norm
        for place in 0..<dimension {
          let gradient = positive[place] - negative[place] - (own - other) * user[place]
          // In steps of float16, as it is stored: whether it was read back in between makes no difference.
          values[place] = Float(Float16(model.stepKeep * values[place] + weight * gradient))
        }
      }
    }
  }

  private static func negative(
    _ model: TowerModel, _ table: UnsafePointer<Float>, user: UnsafePointer<Float>, target: Int32, seed: UInt64
  ) -> Int {
    var random = TowerRandom(seed: seed)
    var best = -1
    var bestScore = -Float.infinity
    for _ in 0..<drawnNegatives {
      var row = random.below(model.count - 1)
      if row >= Int(target) { row += 1 }
      let score = Vectors.dot(user, table + row * model.dimension, model.dimension)
      if score > bestScore {
        bestScore = score
        best = row
      }
    }
    return best
  }

  /// out = normalise(tower + p_u), where `out` holds the tower's vector of length 1; leaves it where the version is
  /// another.
  public func add(to out: UnsafeMutablePointer<Float>, _ model: TowerModel) {
    guard belongs(to: model) else { return }
    Vectors.add(1, values, to: out, model.dimension)
    Vectors.normalise(out, model.dimension)
  }
}
