extension UserVectorState {
  private static let formatVersion: UInt8 = 1
  private static let headerBytes = 11

  /// The form in which it is stored beside the user's facts: format (1 byte), version of the towers (8), dimension (2),
  /// then float16: 139 bytes at 64 dimensions. `values` are always such numbers, so nothing is lost.
  public func bytes() -> [UInt8] {
    var bytes: [UInt8] = [Self.formatVersion]
    bytes.reserveCapacity(Self.headerBytes + 2 * values.count)
    withUnsafeBytes(of: version.littleEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt16(values.count).littleEndian) { bytes.append(contentsOf: $0) }
    for value in values {
      withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// Reads `bytes()`; nil for anything else: a view that cannot be read is derived again.
  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.headerBytes, bytes[0] == Self.formatVersion else { return nil }
    let count = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 9, as: UInt16.self)))
    guard bytes.count == Self.headerBytes + 2 * count else { return nil }
    let values = (0..<count).map { place in
      Float(
        Float16(
          bitPattern: UInt16(
            littleEndian: bytes.loadUnaligned(fromByteOffset: Self.headerBytes + 2 * place, as: UInt16.self))))
    }
    guard values.allSatisfy(\.isFinite) else { return nil }
    self.init(
      version: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self)), values: values)
  }
}
