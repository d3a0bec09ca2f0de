import JSON

extension JSONScanner {
  /// A number as it is written.
  struct Number {
    var text: UnsafeRawBufferPointer
    /// Neither fraction nor exponent.
    var isInteger: Bool
    var isNegative: Bool
    /// All digits as one integer; meaningless beyond 19 digits.
    var mantissa: UInt64
    /// The value is mantissa * 10^exponent.
    var exponent: Int
    /// Digits of the mantissa without leading zeros.
    var digits: Int
  }

  @inline(__always) static func startsNumber(_ byte: UInt8) -> Bool { byte == 0x2D || byte &- 0x30 <= 9 }

  @inline(__always) mutating func number() throws(Reason) -> Number {
    let first = place
    var number = Number(
      text: UnsafeRawBufferPointer(start: nil, count: 0), isInteger: true, isNegative: false, mantissa: 0, exponent: 0,
      digits: 0)
    if place.pointee == 0x2D {
      number.isNegative = true
      place += 1
    }
    if place >= end { throw fail(.syntax) }
    var digit = place.pointee &- 0x30
    if digit > 9 { throw fail(.syntax) }
    if digit == 0 {
      place += 1
      if place < end, place.pointee &- 0x30 <= 9 { throw fail(.syntax, "a number starts with 0") }
    } else {
      repeat {
        number.mantissa = number.mantissa &* 10 &+ UInt64(digit)
        number.digits &+= 1
        place += 1
        if place >= end { break }
        digit = place.pointee &- 0x30
      } while digit <= 9
    }
    if place < end, place.pointee == 0x2E || place.pointee | 0x20 == 0x65 { try fraction(&number) }
    number.text = UnsafeRawBufferPointer(start: first, count: place - first)
    return number
  }

  private mutating func fraction(_ number: inout Number) throws(Reason) {
    number.isInteger = false
    if place.pointee == 0x2E {
      place += 1
      let first = place
      while place < end, place.pointee &- 0x30 <= 9 {
        number.mantissa = number.mantissa &* 10 &+ UInt64(place.pointee &- 0x30)
        if number.mantissa != 0 || number.digits > 0 { number.digits &+= 1 }
        place += 1
      }
      if place == first { throw fail(.syntax, "no digit behind the decimal point") }
      number.exponent = first - place
    }
    guard place < end, place.pointee | 0x20 == 0x65 else { return }
    place += 1
    var isNegative = false
    if place < end, place.pointee == 0x2B || place.pointee == 0x2D {
      isNegative = place.pointee == 0x2D
      place += 1
    }
    let first = place
    var exponent = 0
    while place < end, place.pointee &- 0x30 <= 9 {
      // Far beyond any double, far below overflow.
      if exponent < 100_000 { exponent = exponent &* 10 &+ Int(place.pointee &- 0x30) }
      place += 1
    }
    if place == first { throw fail(.syntax, "no digit in the exponent") }
    number.exponent &+= isNegative ? -exponent : exponent
  }

  /// The number as an integer, in the full range of Int64; nil outside it. `-0` is 0.
  @inline(__always) static func integer(_ number: Number) -> Int64? {
    let limit: UInt64 = number.isNegative ? 1 << 63 : UInt64(Int64.max)
    guard number.digits <= 19, number.mantissa <= limit else { return nil }
    let value = Int64(bitPattern: number.mantissa)
    return number.isNegative ? 0 &- value : value
  }

  /// The nearest double; nil when it is too large for one. What is too small becomes zero.
  @inline(__always) static func double(_ number: Number) -> Double? {
    // Exact: both operands are (W. D. Clinger, How to read floating point numbers accurately, 1990).
    if number.digits <= 15 && number.exponent >= -22 && number.exponent <= 22 {
      var value = Double(number.mantissa)
      if number.exponent != 0 {
        value =
          number.exponent < 0
          ? value / powersOfTen[-number.exponent] : value * powersOfTen[number.exponent]
      }
      return number.isNegative ? -value : value
    }
    return slowDouble(number)
  }

  @inline(never) private static func slowDouble(_ number: Number) -> Double? {
    guard let value = JSONNumber.double(number.text), value.isFinite else { return nil }
    return value
  }
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]
