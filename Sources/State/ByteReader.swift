/// What is wrong with bytes that should hold one of our binary forms.
public struct CorruptBytes: Error, CustomStringConvertible {
  public let what: String
  public let offset: Int

  public init(what: String, offset: Int) {
    self.what = what
    self.offset = offset
  }

  public var description: String {
    "\(what) at byte \(offset): the bytes are torn, or were written by another version; "
      + "restore them from the log (freshet replay) or remove them"
  }
}

/// Reads what `ByteWriter` wrote. Total: every malformed input ends in `CorruptBytes`, never in a trap.
public struct ByteReader {
  private let base: UnsafeRawBufferPointer
  public private(set) var offset = 0

  /// The bytes must outlive the reader.
  public init(_ bytes: UnsafeRawBufferPointer) { base = bytes }

  public var isAtEnd: Bool { offset == base.count }
  public var remaining: Int { base.count - offset }

  private func fail(_ what: String) -> CorruptBytes { CorruptBytes(what: what, offset: offset) }

  public mutating func byte() throws(CorruptBytes) -> UInt8 {
    guard offset < base.count else { throw fail("unexpected end") }
    defer { offset += 1 }
    return base[offset]
  }

  public mutating func word<T: FixedWidthInteger>(_ type: T.Type) throws(CorruptBytes) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw fail("unexpected end") }
    defer { offset += MemoryLayout<T>.size }
    return T(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  public mutating func float() throws(CorruptBytes) -> Float { Float(bitPattern: try word(UInt32.self)) }
  public mutating func double() throws(CorruptBytes) -> Double { Double(bitPattern: try word(UInt64.self)) }

  public mutating func varint() throws(CorruptBytes) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      if shift == 63 && next > 1 { throw fail("number of more than 64 bits") }
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 { return value }
      shift += 7
      if shift > 63 { throw fail("number of more than 64 bits") }
    }
  }

  public mutating func signedVarint() throws(CorruptBytes) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A count that must not exceed `limit`: a damaged length never makes us allocate.
  public mutating func count(limit: Int, of what: String) throws(CorruptBytes) -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else { throw fail("\(value) \(what), more than \(limit)") }
    return Int(value)
  }

  public mutating func blob(limit: Int) throws(CorruptBytes) -> UnsafeRawBufferPointer {
    let length = try count(limit: limit, of: "bytes")
    guard remaining >= length else { throw fail("unexpected end") }
    defer { offset += length }
    return UnsafeRawBufferPointer(rebasing: base[offset..<offset + length])
  }

  public mutating func text(limit: Int) throws(CorruptBytes) -> String {
    String(decoding: try blob(limit: limit), as: UTF8.self)
  }

  public mutating func expect(version: UInt8, of what: String) throws(CorruptBytes) {
    let found = try byte()
    guard found == version else {
      throw CorruptBytes(what: "\(what) of version \(found), this build reads version \(version),", offset: 0)
    }
  }
}
