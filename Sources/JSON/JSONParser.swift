/// RFC 8259, strictly: no duplicate keys, no bad UTF-8, no lone surrogates, bounded depth.
struct JSONParser {
  /// Deeper than any document of ours, shallow enough for the smallest thread stack.
  static let maximumDepth = 32

  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try self.value(depth: 0)
    skipBlanks()
    guard place == bytes.count else { throw fail("more text after the document") }
    return value
  }

  private func fail(_ message: String) -> JSONError { JSONError(message: message, offset: place) }

  private mutating func skipBlanks() {
    while place < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[place]) { place += 1 }
  }

  /// The next byte that is not blank, not consumed.
  private mutating func next() throws(JSONError) -> UInt8 {
    skipBlanks()
    guard place < bytes.count else { throw fail("the text ends too early") }
    return bytes[place]
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw fail("nested deeper than \(Self.maximumDepth)") }
    switch try next() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .boolean(true))
    case UInt8(ascii: "f"): return try literal("false", .boolean(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return try number()
    }
  }

  private mutating func literal(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[place...].starts(with: text.utf8) else { throw fail("not a JSON value") }
    place += text.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    var members: [String: JSONValue] = [:]
    place += 1
    if try next() == UInt8(ascii: "}") {
      place += 1
      return .object(members)
    }
    while true {
      guard try next() == UInt8(ascii: "\"") else { throw fail("a key must be a string") }
      let key = try string()
      guard members[key] == nil else { throw fail("key \"\(key)\" stands twice") }
      guard try next() == UInt8(ascii: ":") else { throw fail("no colon after key \"\(key)\"") }
      place += 1
      members[key] = try value(depth: depth + 1)
      if try isLast(UInt8(ascii: "}")) { return .object(members) }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    var values: [JSONValue] = []
    place += 1
    if try next() == UInt8(ascii: "]") {
      place += 1
      return .array(values)
    }
    while true {
      values.append(try value(depth: depth + 1))
      if try isLast(UInt8(ascii: "]")) { return .array(values) }
    }
  }

  private mutating func isLast(_ bracket: UInt8) throws(JSONError) -> Bool {
    let byte = try next()
    guard byte == bracket || byte == UInt8(ascii: ",") else { throw fail("a comma or a closing bracket is missing") }
    place += 1
    return byte == bracket
  }

  private mutating func string() throws(JSONError) -> String {
    place += 1
    var text: [UInt8] = []
    while true {
      guard place < bytes.count else { throw fail("a string does not end") }
      let byte = bytes[place]
      if byte == 0x22 { break }
      guard byte >= 0x20 else { throw fail("a control character in a string must be escaped") }
      place += 1
      if byte == 0x5C { try escape(into: &text) } else { text.append(byte) }
    }
    place += 1
    guard let valid = String(validating: text, as: UTF8.self) else { throw fail("a string is not UTF-8") }
    return valid
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard place < bytes.count else { throw fail("a string does not end") }
    let byte = bytes[place]
    place += 1
    switch byte {
    case 0x22, 0x5C, 0x2F: text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      guard let scalar = Unicode.Scalar(try codePoint()) else { throw fail("a lone surrogate") }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw fail("an unknown escape")
    }
  }

  private mutating func codePoint() throws(JSONError) -> UInt32 {
    let high = try hex()
    guard (0xD800..<0xDC00).contains(high) else { return high }
    guard place + 1 < bytes.count, bytes[place] == 0x5C, bytes[place + 1] == UInt8(ascii: "u") else { return high }
    place += 2
    let low = try hex()
    guard (0xDC00..<0xE000).contains(low) else { throw fail("a lone surrogate") }
    return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
  }

  private mutating func hex() throws(JSONError) -> UInt32 {
    guard place + 4 <= bytes.count else { throw fail("a string does not end") }
    var value: UInt32 = 0
    for byte in bytes[place..<place + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fail("an escape needs four hex digits")
      }
      value = value << 4 | UInt32(digit)
    }
    place += 4
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = place
    if bytes[place] == UInt8(ascii: "-") { place += 1 }
    let firstDigit = place
    guard digits() > 0 else {
      place = start
      throw fail("not a JSON value")
    }
    if bytes[firstDigit] == UInt8(ascii: "0") && place > firstDigit + 1 { throw fail("a number starts with 0") }
    var isInteger = true
    if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
      isInteger = false
      place += 1
      guard digits() > 0 else { throw fail("no digit after the decimal point") }
    }
    if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      place += 1
      if place < bytes.count, bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-") { place += 1 }
      guard digits() > 0 else { throw fail("no digit in the exponent") }
    }
    let text = bytes[start..<place]
    if isInteger, let value = Int64(String(decoding: text, as: UTF8.self)) { return .integer(value) }
    let value = text.withUnsafeBytes { JSONNumber.double($0) }
    guard let value, value.isFinite else { throw fail("a number is out of range") }
    return .number(value)
  }

  private mutating func digits() -> Int {
    let start = place
    while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
    return place - start
  }
}
