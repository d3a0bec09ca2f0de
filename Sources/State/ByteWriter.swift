/// Grows a byte buffer in little-endian order; the one writer of all binary forms in `State`.
public struct ByteWriter {
  public private(set) var bytes: [UInt8]

  public init(reserving capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Empties the buffer and keeps its memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  public mutating func byte(_ value: UInt8) { bytes.append(value) }

  public mutating func word<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  public mutating func float(_ value: Float) { word(value.bitPattern) }
  public mutating func double(_ value: Double) { word(value.bitPattern) }

  /// LEB128: seven bits a byte, low bits first.
  public mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Zigzag, so that small negative numbers stay short.
  public mutating func signedVarint(_ value: Int64) {
    varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  public mutating func blob(_ value: UnsafeRawBufferPointer) {
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  public mutating func blob(_ value: [UInt8]) { value.withUnsafeBytes { blob($0) } }

  public mutating func text(_ value: String) {
    var copy = value
    copy.withUTF8 { blob(UnsafeRawBufferPointer($0)) }
  }

  public mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }
  public mutating func raw(_ value: UnsafeRawBufferPointer) { bytes.append(contentsOf: value) }

  /// Overwrites a word that was written before, for lengths that are known only afterwards.
  public mutating func patch<T: FixedWidthInteger>(at offset: Int, _ value: T) {
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self) }
  }
}
