import Synchronization

/// The live index over item vectors: one writer applies changes to a clone and publishes it; readers keep the snapshot
/// that they took.
///
/// `rebuild` and `apply` belong to one writer at a time; `snapshot` may be read from any thread (a lock is held for the
/// length of one retain, never during a search or a change).
public final class VectorIndex: Sendable {
  private struct Current {
    var snapshot: VectorIndexSnapshot?
    /// Vectors when the lists were trained, and changes applied since.
    var built = 0
    var changed = 0
  }

  public let dimension: Int
  private let lists: Int
  private let probe: Int
  /// Recall at 100 that a rebuild tunes the number of probed lists for.
  public static let wantedRecall = 0.99
  /// Vectors that train the lists at most: FAISS itself samples 256 a list.
  static let trainingLimit = 262_144
  private let current = Mutex(Current())

  /// - Parameters:
  ///   - lists, probe: `FAISS_N_LISTS` and `FAISS_N_PROBE`, scaled by `IndexShape.forCount`.
  public init(dimension: Int, lists: Int = IndexShape.standardLists, probe: Int = IndexShape.standardProbe) {
    precondition(dimension > 0, "vectors have at least one dimension, not \(dimension)")
    self.dimension = dimension
    self.lists = lists
    self.probe = probe
  }

  /// What readers search; nil before the first `rebuild`.
  public var snapshot: VectorIndexSnapshot? { current.withLock { $0.snapshot } }

  /// Changes since the last rebuild, as a share of the vectors that it had.
  public var churn: Double {
    current.withLock { $0.built == 0 ? 0 : Double($0.changed) / Double($0.built) }
  }

  /// Trains lists on these vectors and publishes an index that holds them and no others.
  /// - Parameters:
  ///   - labels: distinct, not negative, at least one.
  ///   - vectors: `labels.count` rows of `dimension` floats.
  ///   - queries: rows that recall is measured with, to choose how many lists are probed; empty leaves it as set.
  /// - Complexity: one list: O(vectors). More: k-means, some seconds for 10^6 vectors.
  @discardableResult
  public func rebuild(
    labels: [Int64], vectors: [Float], queries: [Float] = []
  ) throws(RetrievalError) -> VectorIndexSnapshot {
    guard !labels.isEmpty, vectors.count == labels.count * dimension else {
      throw RetrievalError(
        .badInput,
        "an index is built from one vector of \(dimension) floats a label: \(labels.count) labels, \(vectors.count) floats"
      )
    }
    guard labels.allSatisfy({ $0 >= 0 }), Set(labels).count == labels.count else {
      throw RetrievalError(.badInput, "labels of an index are distinct and not negative")
    }
    var shape = IndexShape.forCount(labels.count, lists: lists, probe: probe)
    let index = try FaissIndex(
      dimension: dimension, lists: shape.lists, training: Self.training(vectors, dimension: dimension))
    try index.put(vectors, labels: labels)
    shape = try Self.tuned(index, shape, queries)
    return publish(index, shape) { current in
      current.built = labels.count
      current.changed = 0
    }
  }

  /// Applies changes to a clone and publishes it. Without an index yet, one is built from what is put.
  /// - Complexity: O(vectors) for the clone (1.7 * 10^3 x 64: under 1 ms, 10^6 x 64: 0.2 s), O(1) a change. Batch them:
  ///   see `publishInterval`.
  @discardableResult
  public func apply(_ changes: VectorChanges) throws(RetrievalError) -> VectorIndexSnapshot? {
    guard changes.dimension == dimension else {
      throw RetrievalError(.badInput, "changes of \(changes.dimension) dimensions for an index of \(dimension)")
    }
    guard let before = snapshot else {
      return changes.labels.isEmpty ? nil : try rebuild(labels: changes.labels, vectors: changes.vectors)
    }
    if changes.isEmpty { return before }
    let next = try before.index.clone()
    if !changes.removals.isEmpty { try next.remove(changes.removals) }
    if !changes.labels.isEmpty { try next.put(changes.vectors, labels: changes.labels) }
    return publish(next, before.shape) { $0.changed += changes.count }
  }

  /// How long to gather changes, so that clones take at most a twentieth of the writer's time.
  public var publishInterval: Duration { .nanoseconds(4_000 * (snapshot?.count ?? 0)) }

  /// Publishes an index that was read from an artefact.
  public func adopt(_ snapshot: VectorIndexSnapshot) throws(RetrievalError) {
    guard snapshot.dimension == dimension else {
      throw RetrievalError(
        .badInput, "an index of \(snapshot.dimension) dimensions where the towers have \(dimension) (EMBEDDING_DIM)")
    }
    _ = publish(snapshot.index, snapshot.shape) { current in
      current.built = snapshot.count
      current.changed = 0
    }
  }

  private func publish(
    _ index: FaissIndex, _ shape: IndexShape, _ count: (inout Current) -> Void
  ) -> VectorIndexSnapshot {
    current.withLock { current in
      let next = VectorIndexSnapshot(index, shape: shape, generation: (current.snapshot?.generation ?? 0) + 1)
      current.snapshot = next
      count(&current)
      return next
    }
  }

  /// An even sample of the rows.
  private static func training(_ vectors: [Float], dimension: Int) -> [Float] {
    let rows = vectors.count / dimension
    guard rows > trainingLimit else { return vectors }
    var sample: [Float] = []
    sample.reserveCapacity(trainingLimit * dimension)
    for place in 0..<trainingLimit {
      let row = place * rows / trainingLimit
      sample.append(contentsOf: vectors[row * dimension..<(row + 1) * dimension])
    }
    return sample
  }

  /// Doubles the probed lists until the sampled recall is reached.
  private static func tuned(
    _ index: FaissIndex, _ shape: IndexShape, _ queries: [Float]
  ) throws(RetrievalError) -> IndexShape {
    var shape = shape
    while shape.probe < shape.lists && !queries.isEmpty {
      let trial = VectorIndexSnapshot(index, shape: shape, generation: 0)
      if try trial.recall(at: 100, queries: queries) >= wantedRecall { break }
      shape.probe = min(shape.lists, shape.probe * 2)
    }
    return shape
  }
}
