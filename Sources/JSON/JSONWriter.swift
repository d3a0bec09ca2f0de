/// Writes JSON into one growing buffer, which keeps its memory from document to document.
///
/// Commas are its business: values follow each other, `key` names the next one. One thread.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8]
  /// Whether a comma is due before the next value.
  private var needsComma = false

  public init(reserving capacity: Int = 2_048) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Starts anew with the same memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A key known at compile time: it needs no escaping.
  public mutating func key(_ name: StaticString) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func key(_ name: String) {
    comma()
    quoted(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func string(_ value: String) {
    comma()
    quoted(value)
    needsComma = true
  }

  /// - Precondition: at most 64 bits wide.
  @inlinable public mutating func integer<T: FixedWidthInteger>(_ value: T) {
    precondition(T.bitWidth <= 64, "an integer of \(T.bitWidth) bits")
    digits(UInt64(truncatingIfNeeded: value.magnitude), isNegative: value < 0)
  }

  /// The shortest text that reads back equal; null where JSON has no number (infinity, NaN).
  public mutating func number(_ value: Double) { token(value.isFinite ? value.description : "null") }
  public mutating func number(_ value: Float) { token(value.isFinite ? value.description : "null") }
  public mutating func boolean(_ value: Bool) { token(value ? "true" : "false") }
  public mutating func null() { token("null") }

  /// Text that is JSON already, such as an integer id as it came.
  public mutating func token(_ text: String) {
    comma()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  /// A JSON value that was written before.
  public mutating func raw(_ value: [UInt8]) {
    comma()
    bytes.append(contentsOf: value)
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    comma()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func comma() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  /// Without a String between: it costs more than the digits.
  @usableFromInline mutating func digits(_ magnitude: UInt64, isNegative: Bool) {
    comma()
    if isNegative { bytes.append(UInt8(ascii: "-")) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { text in
      var start = text.count
      var rest = magnitude
      repeat {
        start -= 1
        text[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }
    needsComma = true
  }

  private mutating func quoted(_ value: String) {
    bytes.append(UInt8(ascii: "\""))
    var copy = value
    copy.withUTF8 { text in
      var start = 0
      var place = 0
      while place < text.count {
        if place + 8 <= text.count,
          Self.isPlain(UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: place, as: UInt64.self))
        {
          place += 8
          continue
        }
        let byte = text[place]
        if byte < 0x20 || byte == 0x22 || byte == 0x5C {
          bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<place]))
          escape(byte)
          start = place + 1
        }
        place += 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether none of eight bytes is a control character, a quote or a backslash (the usual zero-byte test: a borrow may
  /// only make it say no too often).
  private static func isPlain(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    func zeroes(_ value: UInt64) -> UInt64 { (value &- ones) & ~value }
    let controls = (word &- ones &* 0x20) & ~word
    return (controls | zeroes(word ^ ones &* 0x22) | zeroes(word ^ ones &* 0x5C)) & (ones &* 0x80) == 0
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x22, 0x5C: bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }
}
