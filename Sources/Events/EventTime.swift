/// RFC 3339 times.
enum EventTime {
  private static let millisecondsPerDay: Int64 = 86_400_000

  /// Milliseconds since 1970 of `2024-11-23T08:15:30.5+01:00`; nil where the text is no such time. Digits of the second
  /// behind the third are dropped; a leap second counts as the next minute's first.
  /// - Complexity: O(length), without allocation.
  static func milliseconds(_ text: ByteView) -> Int64? {
    var reader = Reader(bytes: text.bytes)
    guard let year = reader.number(digits: 4), reader.take("-"), let month = reader.number(digits: 2),
      reader.take("-"), let day = reader.number(digits: 2), reader.take("T", or: "t", or: " "),
      let hour = reader.number(digits: 2), reader.take(":"), let minute = reader.number(digits: 2), reader.take(":"),
      let second = reader.number(digits: 2), let fraction = reader.fraction(), let offset = reader.offsetMinutes(),
      reader.isAtEnd, (1...12).contains(month), (1...daysInMonth(year: year, month: month)).contains(day),
      hour <= 23, minute <= 59, second <= 60
    else { return nil }
    let minutes = (hour * 60 + minute) - offset
    return daysSince1970(year: year, month: month, day: day) * millisecondsPerDay
      + (minutes * 60 + second) * 1_000 + fraction
  }

  static func daysInMonth(year: Int64, month: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Of the proleptic Gregorian calendar, for years from 0 on (H. Hinnant, days_from_civil).
  private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    // Years begin in March, so that the leap day is the last; 400 added years keep the era's division positive.
    let shifted = (month <= 2 ? year - 1 : year) + 400
    let era = shifted / 400
    let yearOfEra = shifted % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return (era - 1) * 146_097 + dayOfEra - 719_468
  }

  private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var place = 0

    var isAtEnd: Bool { place == bytes.count }

    mutating func take(_ a: Unicode.Scalar, or b: Unicode.Scalar? = nil, or c: Unicode.Scalar? = nil) -> Bool {
      guard place < bytes.count else { return false }
      let byte = Unicode.Scalar(bytes[place])
      guard byte == a || byte == b || byte == c else { return false }
      place += 1
      return true
    }

    mutating func number(digits: Int) -> Int64? {
      guard bytes.count - place >= digits else { return nil }
      var value: Int64 = 0
      for byte in bytes[place..<place + digits] {
        guard byte &- 0x30 <= 9 else { return nil }
        value = value * 10 + Int64(byte &- 0x30)
      }
      place += digits
      return value
    }

    /// Milliseconds of `.123456`; 0 where there is no fraction.
    mutating func fraction() -> Int64? {
      guard take(".") else { return 0 }
      var value: Int64 = 0
      var scale: Int64 = 100
      let first = place
      while place < bytes.count, bytes[place] &- 0x30 <= 9 {
        value += Int64(bytes[place] &- 0x30) * scale
        scale /= 10
        place += 1
      }
      return place > first ? value : nil
    }

    mutating func offsetMinutes() -> Int64? {
      if take("Z", or: "z") { return 0 }
      let isWest = place < bytes.count && bytes[place] == UInt8(ascii: "-")
      guard take("+", or: "-"), let hours = number(digits: 2), take(":"), let minutes = number(digits: 2), hours <= 23,
        minutes <= 59
      else { return nil }
      return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }
  }
}
