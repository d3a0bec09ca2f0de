import Identity

/// An index as it was at one moment: immutable, searched by any number of threads without a lock.
public final class VectorIndexSnapshot: Sendable {
  let index: FaissIndex
  public let shape: IndexShape
  /// Counts the publications of one `VectorIndex`, from 1.
  public let generation: UInt64

  init(_ index: FaissIndex, shape: IndexShape, generation: UInt64) {
    self.index = index
    self.shape = shape
    self.generation = generation
  }

  public var count: Int { index.count }
  public var dimension: Int { index.dimension }

  /// The best by inner product, best first. Returns how many were found.
  /// - Parameters:
  ///   - query: `dimension` floats, finite.
  ///   - barred: one flag a label; labels beyond its end are barred too. nil bars none.
  ///   - scores, labels: room for `k`.
  ///   - probe: lists to look at, instead of the shape's.
  /// - Complexity: O(vectors in the lists * dimension + k log k); FAISS allocates some hundred bytes a call.
  public func search(
    _ query: UnsafePointer<Float>, k: Int, barred: UnsafeBufferPointer<Bool>? = nil, probe: Int? = nil,
    scores: UnsafeMutablePointer<Float>, labels: UnsafeMutablePointer<Int64>
  ) throws(RetrievalError) -> Int {
    let wanted = min(k, count)
    guard wanted > 0 else { return 0 }
    return try index.search(
      query, k: wanted, probe: min(probe ?? shape.probe, shape.lists), barred: barred, scores: scores, labels: labels)
  }

  /// The label's vector; nil where the index does not hold it.
  public func vector(_ label: Int64) -> [Float]? { index.vector(label) }

  /// All labels, in no order.
  public func labels() throws(RetrievalError) -> [Int64] { try index.labels() }

  /// Share of the exact `k` best that a search finds, over `queries` (rows of `dimension` floats); 1 for no query.
  public func recall(at k: Int, queries: [Float], probe: Int? = nil) throws(RetrievalError) -> Double {
    let rows = queries.count / max(1, dimension)
    let wanted = min(k, count)
    guard rows > 0, wanted > 0 else { return 1 }
    var scores = [Float](repeating: 0, count: wanted)
    var labels = [Int64](repeating: -1, count: wanted)
    var found = 0
    var all = 0
    for row in 0..<rows {
      let query = Array(queries[row * dimension..<(row + 1) * dimension])
      let exact = try search(query, k: wanted, probe: shape.lists, scores: &scores, labels: &labels)
      let truth = Set(labels[..<exact])
      let hits = try search(query, k: wanted, probe: probe, scores: &scores, labels: &labels)
      found += labels[..<hits].reduce(0) { $0 + (truth.contains($1) ? 1 : 0) }
      all += exact
    }
    return all == 0 ? 1 : Double(found) / Double(all)
  }
}
