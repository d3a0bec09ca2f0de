import Identity

/// Values of known fields. Everywhere null stands for absent.
extension JSONScanner {
  /// Steps over any value whose object or array, if it is one, lies at `depth`.
  mutating func skipValue(depth: Int) throws(Reason) {
    switch try peek() {
    case UInt8(ascii: "\""):
      place += 1
      try skipString()
    case UInt8(ascii: "{"):
      if depth > EventLimits.depth { throw fail(.tooDeep) }
      place += 1
      var isFirst = true
      var count = 0
      while let key = try nextKey(&isFirst) {
        try note(key, depth: depth, count: &count)
        try skipValue(depth: depth &+ 1)
      }
    case UInt8(ascii: "["):
      if depth > EventLimits.depth { throw fail(.tooDeep) }
      place += 1
      var isFirst = true
      while try nextElement(&isFirst) { try skipValue(depth: depth &+ 1) }
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    case 0x2D, 0x30...0x39: _ = try number()
    default: throw fail(.syntax)
    }
  }

  /// The error for a value, not yet consumed, of another type than asked for: a syntax error where it is no value.
  @inline(never) mutating func wrongType(_ hint: StaticString) throws(Reason) -> Reason {
    let first = place
    try skipValue(depth: 2)
    return fail(.wrongType, hint, at: first)
  }

  /// A string of 1 to `limit` bytes; nil for null.
  @inline(__always) mutating func text(limit: Int) throws(Reason) -> ByteView? {
    let byte = try peek()
    guard byte == UInt8(ascii: "\"") else {
      if byte == UInt8(ascii: "n") {
        try literal("null")
        return nil
      }
      throw try wrongType("must be a string")
    }
    let first = place
    place += 1
    let text = try string()
    if text.count > limit { throw fail(.tooLong, at: first) }
    if text.isEmpty { throw fail(.emptyText, at: first) }
    return text
  }

  /// An opaque id: a string of 1 to 256 bytes, or an integer; nil for null.
  @inline(__always) mutating func id() throws(Reason) -> IDView? {
    let byte = try peek()
    let first = place
    if byte == UInt8(ascii: "\"") {
      place += 1
      let text = try string()
      if text.count > EventLimits.idBytes { throw fail(.tooLong, at: first) }
      if text.isEmpty { throw fail(.emptyText, at: first) }
      return IDView(text, form: .string)
    }
    if Self.startsNumber(byte) {
      let number = try number()
      guard number.isInteger, !(number.isNegative && number.digits == 0) else {
        throw fail(.wrongType, "must be a string or an integer without fraction and exponent", at: first)
      }
      guard Self.integer(number) != nil else {
        throw fail(.outOfRange, "as an integer it must fit 64 bits; send a larger one as a string", at: first)
      }
      return IDView(ByteView(number.text), form: .integer)
    }
    if byte == UInt8(ascii: "n") {
      try literal("null")
      return nil
    }
    throw try wrongType("must be a string or an integer")
  }

  /// A finite number; nil for null.
  @inline(__always) mutating func real() throws(Reason) -> Double? {
    let byte = try peek()
    let first = place
    if Self.startsNumber(byte) {
      guard let value = Self.double(try number()) else {
        throw fail(.outOfRange, "must be at most 1.8e308", at: first)
      }
      return value
    }
    if byte == UInt8(ascii: "n") {
      try literal("null")
      return nil
    }
    throw try wrongType("must be a number")
  }

  /// An integer within `range`; nil for null.
  mutating func integer(in range: ClosedRange<Int64>, _ hint: StaticString) throws(Reason) -> Int64? {
    let byte = try peek()
    let first = place
    if Self.startsNumber(byte) {
      let number = try number()
      guard number.isInteger else { throw fail(.wrongType, hint, at: first) }
      guard let value = Self.integer(number), range.contains(value) else { throw fail(.outOfRange, hint, at: first) }
      return value
    }
    if byte == UInt8(ascii: "n") {
      try literal("null")
      return nil
    }
    throw try wrongType(hint)
  }

  /// true or false; nil for null.
  mutating func flag() throws(Reason) -> Bool? {
    switch try peek() {
    case UInt8(ascii: "t"):
      try literal("true")
      return true
    case UInt8(ascii: "f"):
      try literal("false")
      return false
    case UInt8(ascii: "n"):
      try literal("null")
      return nil
    default: throw try wrongType("must be true or false")
    }
  }

  /// Consumes an array's opening bracket; false for null.
  mutating func enterArray(_ hint: StaticString) throws(Reason) -> Bool {
    switch try peek() {
    case UInt8(ascii: "["):
      place += 1
      return true
    case UInt8(ascii: "n"):
      try literal("null")
      return false
    default: throw try wrongType(hint)
    }
  }

  /// A flat map of at most `EventLimits.members` scalars into `members`, whose names are distinct; nil for null.
  mutating func flatMap(
    into members: UnsafeMutablePointer<AttributeView>, textLimit: Int
  ) throws(Reason) -> Int? {
    switch try peek() {
    case UInt8(ascii: "{"): place += 1
    case UInt8(ascii: "n"):
      try literal("null")
      return nil
    default: throw try wrongType("must be an object of strings, numbers, true, false and null")
    }
    var isFirst = true
    var count = 0
    while let name = try nextKey(&isFirst) {
      member = name
      for index in 0..<count where Self.equal(members[index].nameView, name) { throw fail(.duplicateKey) }
      if count == EventLimits.members { throw fail(.tooManyKeys) }
      if name.isEmpty { throw fail(.emptyText, "a name must not be empty") }
      if name.count > EventLimits.nameBytes { throw fail(.tooLong, "a name has at most 64 bytes") }
      members[count] = AttributeView(nameView: name, value: try scalar(textLimit: textLimit))
      count &+= 1
    }
    member = .empty
    return count
  }

  private mutating func scalar(textLimit: Int) throws(Reason) -> AttributeView.Value {
    let byte = try peek()
    let first = place
    switch byte {
    case UInt8(ascii: "\""):
      place += 1
      let text = try string()
      if text.count > textLimit { throw fail(.tooLong, at: first) }
      return .text(text)
    case UInt8(ascii: "t"):
      try literal("true")
      return .flag(true)
    case UInt8(ascii: "f"):
      try literal("false")
      return .flag(false)
    case UInt8(ascii: "n"):
      try literal("null")
      return .null
    default:
      guard Self.startsNumber(byte) else { throw try wrongType("must be a string, a number, true, false or null") }
      guard let value = Self.double(try number()) else {
        throw fail(.outOfRange, "must be at most 1.8e308", at: first)
      }
      return .number(value)
    }
  }
}
