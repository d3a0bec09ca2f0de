import HTTP

/// The events of one request body: one object, an array of them, or one a line (NDJSON). Each is cut out by its brackets
/// alone; whether it is an event, or JSON at all, is its decoder's business.
public struct EventPayloads: Sendable, RandomAccessCollection {
  /// Above it the request is refused: an acknowledgement should not hang on more than a batch.
  public static let maximumCount = 10_000

  private let body: [UInt8]
  private let ranges: [Range<Int>]

  public var startIndex: Int { 0 }
  public var endIndex: Int { ranges.count }
  public subscript(_ index: Int) -> ArraySlice<UInt8> { body[ranges[index]] }

  /// - Parameter isLines: the content type says NDJSON; else more than one line is NDJSON where the first is complete.
  public init(_ body: [UInt8], isLines: Bool = false) throws(HTTPError) {
    let scanner = PayloadScanner(body)
    let start = scanner.skipBlanks(0)
    guard start < body.count else { throw .badRequest("the body is empty; send an event, an array, or NDJSON") }
    let ranges: [Range<Int>]
    if body[start] == UInt8(ascii: "["), !isLines {
      ranges = try scanner.elements(from: start)
      if ranges.isEmpty { throw .badRequest("the array is empty; send at least one event") }
    } else if isLines || scanner.hasSecondLine(after: start) {
      ranges = scanner.lines()
    } else {
      ranges = [start..<scanner.trimmedEnd]
    }
    guard ranges.count <= Self.maximumCount else {
      throw .badRequest("\(ranges.count) events in one request; send at most \(Self.maximumCount)")
    }
    self.body = body
    self.ranges = ranges
  }
}

/// Finds where values begin and end: strings and brackets, nothing else of JSON's grammar.
private struct PayloadScanner {
  private let body: [UInt8]

  init(_ body: [UInt8]) { self.body = body }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  func skipBlanks(_ start: Int) -> Int {
    var place = start
    while place < body.count, isBlank(body[place]) { place += 1 }
    return place
  }

  var trimmedEnd: Int {
    var end = body.count
    while end > 0, isBlank(body[end - 1]) { end -= 1 }
    return end
  }

  /// Where the value at `start` ends: before the comma or bracket of what encloses it. nil when it does not.
  private func end(of start: Int) -> Int? {
    var place = start
    var depth = 0
    while place < body.count {
      switch body[place] {
      case UInt8(ascii: "\""):
        place += 1
        while place < body.count, body[place] != UInt8(ascii: "\"") {
          place += body[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        if place >= body.count { return nil }
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return place }
        depth -= 1
      case UInt8(ascii: ",") where depth == 0: return place
      default: break
      }
      place += 1
    }
    return nil
  }

  func elements(from bracket: Int) throws(HTTPError) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var place = skipBlanks(bracket + 1)
    if place < body.count, body[place] == UInt8(ascii: "]") {
      try expectEnd(place + 1)
      return ranges
    }
    while let end = end(of: place) {
      var last = end
      while last > place, isBlank(body[last - 1]) { last -= 1 }
      ranges.append(place..<last)
      if body[end] != UInt8(ascii: ",") {
        try expectEnd(end + 1)
        return ranges
      }
      place = skipBlanks(end + 1)
    }
    throw .badRequest("the array of events is not closed")
  }

  private func expectEnd(_ place: Int) throws(HTTPError) {
    guard body[place - 1] == UInt8(ascii: "]"), skipBlanks(place) == body.count else {
      throw .badRequest("the body is not one JSON array: more text after event or array")
    }
  }

  /// Whether the object at `start` ends on its line and another line follows.
  func hasSecondLine(after start: Int) -> Bool {
    let newline = body[start...].firstIndex(of: 0x0A) ?? body.count
    guard newline < trimmedEnd else { return false }
    var depth = 0
    var isText = false
    var place = start
    while place < newline {
      let byte = body[place]
      if isText {
        if byte == UInt8(ascii: "\\") { place += 1 } else if byte == UInt8(ascii: "\"") { isText = false }
      } else if byte == UInt8(ascii: "\"") {
        isText = true
      } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        depth += 1
      } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        depth -= 1
      }
      place += 1
    }
    return depth == 0 && !isText
  }

  /// Lines that are not blank.
  func lines() -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    while start < body.count {
      let newline = body[start...].firstIndex(of: 0x0A) ?? body.count
      let first = skipBlanks(start)
      var last = newline
      while last > first, isBlank(body[last - 1]) { last -= 1 }
      if first < last { ranges.append(first..<last) }
      start = newline + 1
    }
    return ranges
  }
}
