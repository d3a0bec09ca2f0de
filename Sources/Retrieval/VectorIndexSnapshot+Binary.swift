import Identity

extension VectorIndexSnapshot {
  private static let magic: UInt32 = 0x3158_4946
  private static let headerBytes = 24

  /// The artefact's form: magic, version, shape, XXH3 of what follows, then FAISS's bytes, in which an item's label is its
  /// key: labels of one process mean nothing in another.
  /// - Parameter key: the key of a label; a label without one is left out.
  public func bytes(key: (Int64) -> ItemKey?) throws(RetrievalError) -> [UInt8] {
    let copy = try index.clone()
    let labels = try copy.labels()
    let unknown = labels.filter { key($0) == nil }
    if !unknown.isEmpty { try copy.remove(unknown) }
    var keys: [Int64] = []
    for label in try copy.labels() { keys.append(key(label).map { Int64(bitPattern: $0.rawValue) } ?? label) }
    try copy.relabel(keys)
    let body = try copy.bytes()
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    append(Self.magic)
    append(UInt32(1))
    append(UInt32(shape.probe))
    append(UInt32(dimension))
    append(Hash64.of(body))
    bytes.append(contentsOf: body)
    return bytes
  }

  /// Reads the artefact's form.
  /// - Parameter label: this process's label of an item; an item without one is left out.
  /// - Throws: `corrupt` for bytes that are torn or not ours.
  public convenience init(bytes: [UInt8], label: (ItemKey) -> Int64?) throws(RetrievalError) {
    let (index, probe) = try Self.read(bytes)
    var labels: [Int64] = []
    var gone: [Int64] = []
    for key in try index.labels() where label(ItemKey(rawValue: UInt64(bitPattern: key))) == nil { gone.append(key) }
    if !gone.isEmpty { try index.remove(gone) }
    for key in try index.labels() { labels.append(label(ItemKey(rawValue: UInt64(bitPattern: key))) ?? -1) }
    try index.relabel(labels)
    self.init(index, shape: IndexShape(lists: index.lists, probe: probe), generation: 1)
  }

  private static func read(_ bytes: [UInt8]) throws(RetrievalError) -> (FaissIndex, probe: Int) {
    func fail(_ what: String) -> RetrievalError {
      RetrievalError(.corrupt, "\(what): no vector index of this build; build the index anew from the towers")
    }
    guard bytes.count > headerBytes else { throw fail("\(bytes.count) bytes") }
    let header = bytes.withUnsafeBytes { raw in
      (
        magic: UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)),
        version: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
        probe: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self)),
        dimension: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 12, as: UInt32.self)),
        hash: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        body: Hash64.of(UnsafeRawBufferPointer(rebasing: raw[headerBytes...]))
      )
    }
    guard header.magic == magic else { throw fail("the first bytes are not an index's") }
    guard header.version == 1 else { throw fail("version \(header.version)") }
    guard header.hash == header.body else { throw fail("the checksum does not match") }
    // Typed throws do not pass through withUnsafeBytes' rethrows; a Result does.
    let result = bytes.withUnsafeBytes { raw in
      Result { () throws(RetrievalError) in
        try FaissIndex(bytes: UnsafeRawBufferPointer(rebasing: raw[headerBytes...]))
      }
    }
    let index = try result.get()
    guard index.dimension == Int(header.dimension) else { throw fail("\(index.dimension) dimensions") }
    return (index, Int(header.probe))
  }
}
