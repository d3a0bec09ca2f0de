import Glibc

/// Formats one line into raw bytes that its caller provides; what does not fit is cut, never written beyond.
///
/// Swift's strings are valid UTF-8, cuts fall between scalars, and everything that JSON wants escaped is escaped, so a
/// JSON line parses whatever it carries. Human lines escape control characters: input cannot move a terminal's cursor.
struct LogLine {
  /// Longest message; more is more likely a payload than a message.
  static let maximumMessageBytes = 4096
  /// Longest value of one field.
  static let maximumValueBytes = 1024
  /// Most fields of one line; further ones are left out.
  static let maximumFields = 24

  private let base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private let json: Bool

  /// - Parameter base: at least `capacity(...)` bytes; the caller keeps them alive and alone.
  init(_ base: UnsafeMutablePointer<UInt8>, json: Bool) {
    self.base = base
    self.json = json
  }

  /// An upper bound of a line's length: each byte escaped takes at most six.
  static func capacity(logger: String, message: String, fields: LogFields) -> Int {
    let marks = 160
    var bytes = marks + 6 * (min(logger.utf8.count, maximumValueBytes) + min(message.utf8.count, maximumMessageBytes))
    for field in fields.entries.prefix(maximumFields) {
      bytes += field.key.utf8CodeUnitCount + 48
      if case .text(let text) = field.value { bytes += 6 * min(text.utf8.count, maximumValueBytes) }
    }
    return bytes
  }

  mutating func write(_ time: timespec, _ level: LogLevel, _ logger: String, _ message: String, _ fields: LogFields) {
    if json { raw("{\"ts\":\"") }
    timestamp(time)
    raw(json ? "\",\"level\":\"" : " ")
    raw(level.label)
    raw(json ? "\",\"logger\":\"" : " ")
    text(logger, limit: Self.maximumValueBytes)
    raw(json ? "\",\"msg\":\"" : ": ")
    text(message, limit: Self.maximumMessageBytes)
    if json { raw("\"") }
    for field in fields.entries.prefix(Self.maximumFields) {
      raw(json ? ",\"" : " ")
      raw(field.key)
      raw(json ? "\":" : "=")
      value(field.value)
    }
    raw(json ? "}\n" : "\n")
  }

  private mutating func value(_ value: LogValue) {
    switch value {
    case .integer(let number): integer(number)
    case .flag(let flag): raw(flag ? "true" : "false")
    case .real(let number):
      // JSON has no NaN and no infinity.
      if json && !number.isFinite { raw("null") } else { append(number.description, limit: 32, escaped: false) }
    case .text(let string):
      let quoted = json || string.isEmpty || string.utf8.contains { $0 == 0x20 || $0 == 0x22 || $0 == 0x3D }
      if quoted { raw("\"") }
      append(string, limit: Self.maximumValueBytes, escaped: quoted)
      if quoted { raw("\"") }
    }
  }

  private mutating func text(_ string: String, limit: Int) { append(string, limit: limit, escaped: json) }

  /// - Parameter escaped: quotes and backslashes too, not only control characters.
  private mutating func append(_ string: String, limit: Int, escaped: Bool) {
    var string = string
    string.withUTF8 { bytes in
      var end = min(bytes.count, limit)
      // A cut falls on the first byte of a scalar.
      if end < bytes.count { while end > 0 && bytes[end] & 0xC0 == 0x80 { end -= 1 } }
      var index = 0
      while index < end {
        let byte = bytes[index]
        if byte < 0x20 || byte == 0x7F || (escaped && (byte == 0x22 || byte == 0x5C)) {
          escape(byte)
        } else if byte == 0xC2 && index + 1 < end && bytes[index + 1] < 0xA0 {
          // The controls U+0080 to U+009F: terminals obey them as well.
          escape(bytes[index + 1])
          index += 1
        } else {
          put(byte)
        }
        index += 1
      }
    }
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case 0x22, 0x5C:
      put(0x5C)
      put(byte)
    case 0x0A: raw("\\n")
    case 0x09: raw("\\t")
    case 0x0D: raw("\\r")
    default:
      raw("\\u00")
      put(hexDigit(byte >> 4))
      put(hexDigit(byte & 15))
    }
  }

  private func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

  private mutating func put(_ byte: UInt8) {
    base[count] = byte
    count += 1
  }

  private mutating func raw(_ text: StaticString) {
    (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count += text.utf8CodeUnitCount
  }

  private mutating func integer(_ value: Int) {
    if value < 0 { put(0x2D) }
    var magnitude = value.magnitude
    var digits = 1
    var rest = magnitude
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    padded(&magnitude, digits)
  }

  private mutating func padded(_ value: inout UInt, _ width: Int) {
    var index = width
    while index > 0 {
      index -= 1
      base[count + index] = 48 + UInt8(truncatingIfNeeded: value % 10)
      value /= 10
    }
    count += width
  }

  private mutating func padded(_ value: Int, _ width: Int) {
    var magnitude = value.magnitude
    padded(&magnitude, width)
  }

  /// RFC 3339 in UTC with milliseconds, by Howard Hinnant's `civil_from_days`: `gmtime_r` takes a lock.
  private mutating func timestamp(_ time: timespec) {
    let day = time.tv_sec / 86_400
    let second = time.tv_sec % 86_400
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    padded(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4)
    raw("-")
    padded(month, 2)
    raw("-")
    padded(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, 2)
    raw("T")
    padded(second / 3_600, 2)
    raw(":")
    padded(second / 60 % 60, 2)
    raw(":")
    padded(second % 60, 2)
    raw(".")
    padded(Int(time.tv_nsec) / 1_000_000, 3)
    raw("Z")
  }
}
