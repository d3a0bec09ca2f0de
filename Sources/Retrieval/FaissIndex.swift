import CFaiss

/// The one owner of a FAISS index: IVFFlat over inner product, exact where it has one list.
// Proof of Sendable: the methods that change it need it alone, and only `VectorIndex` calls them, on a clone that no
// snapshot holds yet; all others read, and FAISS allows any number of concurrent readers.
final class FaissIndex: @unchecked Sendable {
  private let handle: OpaquePointer

  private init(handle: OpaquePointer) { self.handle = handle }

  deinit { cfaiss_free(handle) }

  /// An empty index whose lists are trained on `training`, rows of `dimension` floats.
  convenience init(dimension: Int, lists: Int, training: [Float]) throws(RetrievalError) {
    let rows = training.count / max(1, dimension)
    guard dimension > 0, lists > 0, rows >= lists, rows * dimension == training.count else {
      throw RetrievalError(
        .badInput,
        "\(training.count) floats cannot train \(lists) lists of \(dimension) dimensions: a row a list, at least")
    }
    var handle: OpaquePointer?
    let status = cfaiss_create(Int32(dimension), Int32(lists), training, Int64(rows), &handle)
    self.init(handle: try Self.check(status, handle))
  }

  func clone() throws(RetrievalError) -> FaissIndex {
    var copy: OpaquePointer?
    let status = cfaiss_clone(handle, &copy)
    return FaissIndex(handle: try Self.check(status, copy))
  }

  var count: Int { Int(cfaiss_count(handle)) }
  var dimension: Int { Int(cfaiss_dimension(handle)) }
  var lists: Int { Int(cfaiss_lists(handle)) }

  private static func check(_ status: Int32) throws(RetrievalError) {
    if status == CFAISS_OK { return }
    throw RetrievalError(
      status == CFAISS_NOT_FINITE ? .notFinite : .faiss, "the vector index: " + String(cString: cfaiss_message()))
  }

  private static func check(_ status: Int32, _ handle: OpaquePointer?) throws(RetrievalError) -> OpaquePointer {
    try check(status)
    guard let handle else { throw RetrievalError(.faiss, "the vector index: FAISS gave nothing back") }
    return handle
  }

  /// Adds or replaces. Labels are distinct and not negative.
  func put(_ vectors: [Float], labels: [Int64]) throws(RetrievalError) {
    guard vectors.count == labels.count * dimension else {
      throw RetrievalError(
        .badInput, "\(vectors.count) floats are not \(labels.count) vectors of \(dimension) dimensions")
    }
    try Self.check(cfaiss_put(handle, vectors, labels, Int64(labels.count)))
  }

  /// Removes what there is of `labels`.
  @discardableResult func remove(_ labels: [Int64]) throws(RetrievalError) -> Int {
    var removed: Int64 = 0
    try Self.check(cfaiss_remove(handle, labels, Int64(labels.count), &removed))
    return Int(removed)
  }

  /// Returns the number of hits, written best first.
  func search(
    _ query: UnsafePointer<Float>, k: Int, probe: Int, barred: UnsafeBufferPointer<Bool>?,
    scores: UnsafeMutablePointer<Float>, labels: UnsafeMutablePointer<Int64>
  ) throws(RetrievalError) -> Int {
    let mask = barred.map { UnsafeRawPointer($0.baseAddress) } ?? nil
    try Self.check(
      cfaiss_search(
        handle, query, Int32(k), Int32(probe), mask?.assumingMemoryBound(to: UInt8.self), Int64(barred?.count ?? 0),
        scores, labels))
    var found = 0
    while found < k && labels[found] >= 0 { found += 1 }
    return found
  }

  /// The vector of a label; nil where the index does not hold it.
  func vector(_ label: Int64) -> [Float]? {
    var vector = [Float](repeating: 0, count: dimension)
    return cfaiss_get(handle, label, &vector) == CFAISS_OK ? vector : nil
  }

  /// All labels, in the order of storage.
  func labels() throws(RetrievalError) -> [Int64] {
    var labels = [Int64](repeating: -1, count: count)
    try Self.check(cfaiss_labels(handle, &labels))
    return labels
  }

  /// Other labels for all vectors, in the order of `labels()`.
  func relabel(_ labels: [Int64]) throws(RetrievalError) {
    guard labels.count == count else {
      throw RetrievalError(.badInput, "\(labels.count) labels for \(count) vectors")
    }
    try Self.check(cfaiss_relabel(handle, labels))
  }

  /// FAISS's own binary form.
  func bytes() throws(RetrievalError) -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    try Self.check(cfaiss_write(handle, &bytes, &count))
    defer { cfaiss_free_bytes(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// Reads `bytes()`. The caller has checked that the bytes are whole.
  convenience init(bytes: UnsafeRawBufferPointer) throws(RetrievalError) {
    var handle: OpaquePointer?
    let status = cfaiss_read(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &handle)
    self.init(handle: try Self.check(status, handle))
  }
}
