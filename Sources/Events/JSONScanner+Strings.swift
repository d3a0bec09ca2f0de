import Glibc

@inline(__always) private func repeated(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

extension JSONScanner {
  /// A string behind its opening quote, unescaped; the closing quote is consumed.
  ///
  /// Eight bytes a step: one mask finds a quote, a backslash, a control character or a byte above 127. (A byte behind a
  /// match may be flagged wrongly by the borrow; only the first flag is used.)
  @inline(__always) mutating func string() throws(Reason) -> ByteView {
    let first = place
    var at = place
    while end - at >= 8 {
      let word = UnsafeRawPointer(at).loadUnaligned(as: UInt64.self)
      let quote = word ^ repeated(0x22)
      let backslash = word ^ repeated(0x5C)
      let flags =
        ((quote &- repeated(1)) & ~quote) | ((backslash &- repeated(1)) & ~backslash) | (word &- repeated(0x20)) | word
      let hits = flags & repeated(0x80)
      if hits != 0 {
        at += hits.trailingZeroBitCount >> 3
        if at.pointee == 0x22 {
          place = at + 1
          return ByteView(first, at - first)
        }
        break
      }
      at += 8
    }
    place = at
    return try slowString(first, keep: true)
  }

  /// A string that nobody reads: it is checked only.
  mutating func skipString() throws(Reason) { _ = try slowString(place, keep: false) }

  /// - Parameters:
  ///   - first: the string's first byte; all before `place` is plain ASCII.
  ///   - keep: whether escapes are written into the scratch.
  @inline(never) private mutating func slowString(
    _ first: UnsafePointer<UInt8>, keep: Bool
  ) throws(Reason) -> ByteView {
    let kept = used
    var isEscaped = false
    var from = first
    while place < end {
      let byte = place.pointee
      if byte == 0x22 {
        let last = place
        place += 1
        if !isEscaped { return ByteView(first, last - first) }
        if keep { append(from, last) }
        return ByteView(UnsafePointer(scratch + kept), used - kept)
      }
      if byte < 0x20 { throw fail(.syntax, "a control character in a string must be escaped") }
      if byte == 0x5C {
        isEscaped = true
        if keep { append(from, place) }
        place += 1
        let scalar = try escape()
        if keep { put(scalar) }
        from = place
      } else if byte < 0x80 {
        place += 1
      } else {
        try multiByte()
      }
    }
    throw fail(.syntax, "a string does not end")
  }

  // The scratch is as long as the payload, and no escape is longer than what it stands for.
  @inline(__always) private mutating func append(_ from: UnsafePointer<UInt8>, _ to: UnsafePointer<UInt8>) {
    memcpy(scratch + used, from, to - from)
    used &+= to - from
  }

  private mutating func put(_ scalar: UInt32) {
    func byte(_ value: UInt32) {
      scratch[used] = UInt8(truncatingIfNeeded: value)
      used &+= 1
    }
    if scalar < 0x80 {
      byte(scalar)
    } else if scalar < 0x800 {
      byte(0xC0 | scalar >> 6)
      byte(0x80 | scalar & 63)
    } else if scalar < 0x10000 {
      byte(0xE0 | scalar >> 12)
      byte(0x80 | scalar >> 6 & 63)
      byte(0x80 | scalar & 63)
    } else {
      byte(0xF0 | scalar >> 18)
      byte(0x80 | scalar >> 12 & 63)
      byte(0x80 | scalar >> 6 & 63)
      byte(0x80 | scalar & 63)
    }
  }

  /// One character of two to four bytes: no overlong forms, no surrogates, nothing above U+10FFFF.
  @inline(__always) private mutating func multiByte() throws(Reason) {
    let at = place
    let first = at.pointee
    let left = end - at
    func follows(_ index: Int) -> Bool { at[index] & 0xC0 == 0x80 }
    if first >= 0xC2 && first < 0xE0 {
      if left >= 2 && follows(1) {
        place += 2
        return
      }
    } else if first >= 0xE0 && first < 0xF0 {
      if left >= 3 && follows(1) && follows(2) && (first != 0xE0 || at[1] >= 0xA0) && (first != 0xED || at[1] < 0xA0) {
        place += 3
        return
      }
    } else if first >= 0xF0 && first < 0xF5 {
      if left >= 4 && follows(1) && follows(2) && follows(3) && (first != 0xF0 || at[1] >= 0x90)
        && (first != 0xF4 || at[1] < 0x90)
      {
        place += 4
        return
      }
    }
    throw fail(.badUTF8)
  }

  /// The character of an escape whose backslash is consumed.
  private mutating func escape() throws(Reason) -> UInt32 {
    guard place < end else { throw fail(.syntax, "a string does not end") }
    let byte = place.pointee
    place += 1
    switch byte {
    case 0x22, 0x5C, 0x2F: return UInt32(byte)
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "u"): return try scalar()
    default: throw fail(.syntax, "an unknown escape", at: place - 1)
    }
  }

  private mutating func scalar() throws(Reason) -> UInt32 {
    let high = try hex()
    guard (0xD800..<0xE000).contains(high) else { return high }
    guard high < 0xDC00, end - place >= 6, place[0] == 0x5C, place[1] == UInt8(ascii: "u") else {
      throw fail(.syntax, "a lone surrogate is no character")
    }
    place += 2
    let low = try hex()
    guard (0xDC00..<0xE000).contains(low) else { throw fail(.syntax, "a lone surrogate is no character") }
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
  }

  private mutating func hex() throws(Reason) -> UInt32 {
    guard end - place >= 4 else { throw fail(.syntax, "a string does not end") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = place.pointee
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte &- 0x30
      case 0x41...0x46: digit = byte &- 55
      case 0x61...0x66: digit = byte &- 87
      default: throw fail(.syntax, "an escape needs four hex digits")
      }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }
}
