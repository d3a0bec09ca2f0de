import Identity

/// The towers as an artefact. Items and genres stand there by their keys, so the bytes mean the same in every process.
///
/// Magic "FTW1", format version, dimension, pools, history, genres, items, events (UInt32 each), step rate, memory (Float),
/// the training's number (UInt64), then the arrays. All little-endian. Whether the bytes are whole is the artefact store's
/// checksum's job; here only what does not fit is refused.
extension TowerModel {
  /// Raised with every change of the form, of the layout, or of `TowerBuckets`.
  static let formatVersion: UInt32 = 2
  /// Rows of the profile table in format 1, which no training had moved: they are read as 0.
  static let firstProfiles = 256
  private static let magic: UInt32 = 0x3157_5446
  private static let headerBytes = 48
  /// More than any training makes: a damaged count never makes us allocate.
  private static let maximumItems = 1 << 26

  public func bytes() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(
      Self.headerBytes + 8 * (keys.count + genreKeys.count) + 4 * (core.count + norms.count + 2 * vectors.count))
    func word(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    word(Self.magic)
    word(Self.formatVersion)
    for value in [dimension, layout.heads, history, genreKeys.count, keys.count, min(events, Int(UInt32.max))] {
      word(UInt32(value))
    }
    word(stepRate.bitPattern)
    word(stepKeep.bitPattern)
    word(version)
    for array in [keys, genreKeys] { array.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    for array in [core, norms, vectors, inputs] { array.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    return bytes
  }

  /// Reads `bytes()`.
  /// - Throws: `corrupt`, with what does not fit.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TowerError) -> TowerModel {
    func fail(_ what: String) -> TowerError {
      TowerError(.corrupt, "\(what): not towers of this build; train them anew, or roll back to the version before")
    }
    func word32(_ place: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self))
    }
    guard bytes.count >= headerBytes else { throw fail("\(bytes.count) bytes") }
    guard word32(0) == magic else { throw fail("the first bytes are not towers'") }
    let format = word32(1)
    guard format == 1 || format == formatVersion else {
      throw fail("format \(format), this build reads 1 and \(formatVersion)")
    }
    var shape = TowerSettings()
    shape.dimension = Int(word32(2))
    shape.heads = Int(word32(3))
    shape.history = Int(word32(4))
    let genreCount = Int(word32(5))
    let count = Int(word32(6))
    if let problem = shape.problem { throw fail(problem) }
    guard genreCount <= TowerNetwork.maximumGenres, count <= maximumItems else {
      throw fail("\(genreCount) genres and \(count) items")
    }
    let layout = TowerLayout(dimension: shape.dimension, heads: shape.heads, genreCount: genreCount)
    let profiles = (format == 1 ? firstProfiles : TowerBuckets.profiles) * shape.dimension
    let behind = layout.count - layout.yearsOut
    let floats = layout.profiles + profiles + behind + count + 2 * count * shape.dimension
    let expected = headerBytes + 8 * (count + genreCount) + 4 * floats
    guard bytes.count == expected else { throw fail("\(bytes.count) bytes where \(expected) were written") }
    var reader = ArrayReader(bytes: bytes, offset: headerBytes)
    let keys = reader.words(count)
    let genreKeys = reader.words(genreCount)
    var core = reader.floats(layout.profiles)
    let stored = reader.floats(profiles)
    core += format == 1 ? Array(repeating: 0, count: layout.yearsOut - layout.profiles) : stored
    core += reader.floats(behind)
    let norms = reader.floats(count)
    let vectors = reader.floats(count * shape.dimension)
    let inputs = reader.floats(count * shape.dimension)
    let rates = (Float(bitPattern: word32(8)), Float(bitPattern: word32(9)))
    guard reader.areFinite, rates.0.isFinite, rates.1.isFinite else { throw fail("a number that is not finite") }
    let version = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 40, as: UInt64.self))
    return TowerModel(
      version: version, events: Int(word32(7)), history: shape.history, keys: keys, vectors: vectors, norms: norms,
      inputs: inputs,
      genreKeys: genreKeys, core: core, layout: layout, stepRate: rates.0, stepKeep: rates.1)
  }
}

/// Takes arrays off bytes whose length was checked.
private struct ArrayReader {
  let bytes: UnsafeRawBufferPointer
  var offset: Int
  var areFinite = true

  mutating func words(_ count: Int) -> [UInt64] {
    defer { offset += 8 * count }
    return [UInt64](unsafeUninitializedCapacity: count) { words, initialized in
      UnsafeMutableRawBufferPointer(words).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 8 * count]))
      initialized = count
    }
  }

  mutating func floats(_ count: Int) -> [Float] {
    defer { offset += 4 * count }
    let floats = [Float](unsafeUninitializedCapacity: count) { floats, initialized in
      UnsafeMutableRawBufferPointer(floats).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 4 * count]))
      initialized = count
    }
    // 0 * x is 0 for every finite x.
    areFinite = areFinite && floats.reduce(Float(0)) { $0 + $1 * 0 } == 0
    return floats
  }
}
