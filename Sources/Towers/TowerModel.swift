import Glibc
import Identity
import Numerics

/// The two towers as trained: every item's vector, and what makes a user's vector of a history.
///
/// Immutable and shared by all threads. Rows count the model's items; `row(of:)` finds one by its key.
///
///     user = normalise(sum over pools k of pool_k(history) * W_k + stage + session + profile + p_u)
///     item = normalise(own embedding + genres / sqrt(number of genres) + year)
///
/// - Note: C.-K. Hsieh et al. and P. Covington et al. ("Deep Neural Networks for YouTube Recommendations", RecSys 2016) for
///   the pooled history; S. Kabbur et al. ("FISM", KDD 2013) for items with one embedding as target and one as history.
public final class TowerModel: Sendable {
  public let dimension: Int
  /// Number of this training, part of the artefact: users' own vectors belong to one.
  public let version: UInt64
  /// Events of the largest window that it learned from: a training on fewer should go on, and not start anew.
  public let events: Int
  /// Newest interactions that the user tower pools.
  public let history: Int
  public let keys: [UInt64]
  /// `count` vectors of length 1, row-major: what the index holds.
  public let vectors: [Float]
  /// Length of each item's vector before it was normalised.
  let norms: [Float]
  /// What each item says where it stands in a history, row-major.
  let inputs: [Float]
  /// XXH3 of each genre's name, by the genres' rows.
  let genreKeys: [UInt64]
  /// The shared weights, as `layout` has them.
  let core: [Float]
  let layout: TowerLayout
  let pools: PoolWeights
  /// Factor between an inner product and a logit.
  public let scale: Float
  /// Rate and memory of the step at each event.
  public let stepRate: Float
  public let stepKeep: Float
  private let rows: RowTable

  init(
    version: UInt64, events: Int, history: Int, keys: [UInt64], vectors: [Float], norms: [Float], inputs: [Float],
    genreKeys: [UInt64], core: [Float], layout: TowerLayout, stepRate: Float, stepKeep: Float
  ) {
    precondition(vectors.count == keys.count * layout.dimension && inputs.count == vectors.count)
    precondition(core.count == layout.count && norms.count == keys.count)
    dimension = layout.dimension
    self.version = version
    self.events = events
    self.history = history
    self.keys = keys
    self.vectors = vectors
    self.norms = norms
    self.inputs = inputs
    self.genreKeys = genreKeys
    self.core = core
    self.layout = layout
    self.stepRate = stepRate
    self.stepKeep = stepKeep
    pools = core.withUnsafeBufferPointer { PoolWeights($0.baseAddress.unsafelyUnwrapped, layout) }
    scale = expf(core[layout.scale])
    rows = RowTable(keys)
  }

  /// Items that the model has a vector for.
  public var count: Int { keys.count }

  public func row(of key: ItemKey) -> Int32? { rows.find(key.rawValue) }

  /// The vector of a row, `dimension` floats of length 1.
  public func vector(_ row: Int32) -> ArraySlice<Float> {
    vectors[Int(row) * dimension..<(Int(row) + 1) * dimension]
  }

  /// The user tower's vector, of length 1, without p_u.
  /// - Parameters:
  ///   - events: newest first; more than `history` are not read.
  ///   - pools: scratch of `poolCount` floats.
  ///   - out: receives `dimension` floats.
  /// - Complexity: O(heads * (history + dimension) * dimension); no allocation.
  public func userVector(
    _ events: UnsafeBufferPointer<TowerEvent>, _ context: TowerContext, pools scratch: UnsafeMutablePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    let count = min(history, events.count)
    out.update(repeating: 0, count: dimension)
    core.withUnsafeBufferPointer { core in
      let core = core.baseAddress.unsafelyUnwrapped
      var session = 0
      if let base = events.baseAddress, count > 0 {
        session = UserTower.sessionLength(base, count: count, nowMs: context.nowMs)
        inputs.withUnsafeBufferPointer { inputs in
          UserTower.pool(
            pools, base, count: count, nowMs: context.nowMs, inputs: inputs.baseAddress.unsafelyUnwrapped,
            dimension: dimension, into: scratch)
        }
        for place in 0..<poolCount { Vectors.add(scratch[place], core + place * dimension, to: out, dimension) }
      }
      UserTower.addContext(
        core, layout, stage: TowerBuckets.stage(context.eventCount), session: TowerBuckets.session(session),
        profile: context.profile, to: out)
    }
    Vectors.normalise(out, dimension)
  }

  /// Floats of scratch that `userVector` needs.
  public var poolCount: Int { layout.heads * dimension }
}

/// Finds rows by key; a `KeyTable` that many may read because nobody writes it any more.
private final class RowTable: Sendable {
  private let table: KeyTable

  init(_ keys: [UInt64]) {
    var table = KeyTable(minimumCapacity: keys.count)
    for (row, key) in keys.enumerated() { table.set(key, Int32(row)) }
    self.table = table
  }

  func find(_ key: UInt64) -> Int32? { table.find(key) }
}
