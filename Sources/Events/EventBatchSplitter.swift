import Glibc

/// Cuts the body of `POST /events` into events. One thread.
///
/// Only the cut is made here: what each piece is worth the decoder says, piece by piece. An array stops at its first
/// element that is not JSON, since nothing tells where that element ends; lines go on after a bad one.
public struct EventBatchSplitter: ~Copyable {
  /// Nested deeper than this an element of an array has no end: the decoder refuses it at a fraction of the depth.
  static let maximumDepth = 32

  /// Events that one body may hold.
  public let maximumEvents: Int
  private var json = JSONScanner()

  /// - Parameter maximumEvents: bounds the time that one request may take; 10,000 events are 3 ms of decoding.
  public init(maximumEvents: Int = 10_000) {
    precondition(maximumEvents > 0, "maximumEvents must be positive, got \(maximumEvents)")
    self.maximumEvents = maximumEvents
  }

  /// - Parameter form: what the request declares (NDJSON by its content type); nil looks at the body.
  /// - Complexity: O(bytes).
  public mutating func split(_ body: UnsafeRawBufferPointer, form: EventBatch.Form? = nil) -> EventBatch {
    switch form ?? guess(body) {
    case .single: single(body)
    case .array: array(body)
    case .lines: lines(body)
    }
  }

  /// An array by its bracket. Otherwise one object that may span lines, unless a second value begins a line of its own.
  private mutating func guess(_ body: UnsafeRawBufferPointer) -> EventBatch.Form {
    json.begin(body)
    json.skipBlanks()
    guard json.place < json.end else { return .single }
    if json.place.pointee == UInt8(ascii: "[") { return .array }
    let start = json.offset
    var isWhole = true
    do throws(EventFault.Reason) { try json.skipSyntax(depth: Self.maximumDepth) } catch { isWhole = false }
    let end = json.offset
    json.skipBlanks()
    if isWhole && json.place == json.end { return .single }
    let rest = UnsafeRawBufferPointer(rebasing: body[start...])
    guard let newline = rest.firstIndex(of: 10) else { return .single }
    if isWhole && end <= start + newline { return .lines }
    let second = rest[newline...].first { ![32, 9, 10, 13].contains($0) }
    return second == UInt8(ascii: "{") ? .lines : .single
  }

  private func single(_ body: UnsafeRawBufferPointer) -> EventBatch {
    EventBatch(form: .single, events: [0..<body.count], fault: nil)
  }

  private mutating func array(_ body: UnsafeRawBufferPointer) -> EventBatch {
    json.begin(body)
    json.skipBlanks()
    var events: [Range<Int>] = []
    do throws(EventFault.Reason) {
      if json.place >= json.end { throw json.fail(.emptyPayload) }
      guard json.place.pointee == UInt8(ascii: "[") else { throw json.fail(.syntax, "an array starts with `[`") }
      json.place += 1
      var isFirst = true
      while try json.nextElement(&isFirst) {
        if events.count == maximumEvents { throw json.fail(.tooManyElements) }
        _ = try json.peek()
        let start = json.offset
        try json.skipSyntax(depth: Self.maximumDepth)
        events.append(start..<json.offset)
      }
      try json.finishDocument()
      return EventBatch(form: .array, events: events, fault: nil)
    } catch {
      return EventBatch(form: .array, events: events, fault: fault(error, index: events.count, body))
    }
  }

  private mutating func lines(_ body: UnsafeRawBufferPointer) -> EventBatch {
    json.begin(body)
    var events: [Range<Int>] = []
    var start = 0
    while start < body.count {
      let end = Self.endOfLine(body, from: start)
      if Self.hasText(body, start..<end) {
        if events.count == maximumEvents {
          json.place = json.start + start
          _ = json.fail(.tooManyElements)
          let fault = fault(.tooManyElements, index: events.count, body)
          return EventBatch(form: .lines, events: events, fault: fault)
        }
        events.append(start..<end)
      }
      start = end + 1
    }
    return EventBatch(form: .lines, events: events, fault: nil)
  }

  private static func endOfLine(_ body: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard let base = body.baseAddress, let hit = memchr(base + start, 10, body.count - start) else { return body.count }
    return UnsafeRawPointer(hit) - base
  }

  private static func hasText(_ body: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
    body[line].contains { $0 != 32 && $0 != 9 && $0 != 13 }
  }

  private func fault(_ reason: EventFault.Reason, index: Int, _ body: UnsafeRawBufferPointer) -> EventBatch.IndexedFault
  {
    let message =
      switch reason {
      case .tooManyElements: "more than \(maximumEvents) events in one request; send several"
      case .emptyPayload: "the body is empty; send an event, an array of events, or one event a line"
      case .tooDeep: "nested deeper than \(Self.maximumDepth) levels"
      default: json.message(reason, payloadBytes: body.count)
      }
    return EventBatch.IndexedFault(
      index: index, fault: EventFault(reason: reason, field: nil, message: message, offset: json.offset))
  }
}

extension JSONScanner {
  /// Steps over any value, checking its syntax alone: keys may repeat.
  mutating func skipSyntax(depth: Int) throws(Reason) {
    let byte = try peek()
    guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
      try skipValue(depth: EventLimits.depth)
      return
    }
    if depth == 0 { throw fail(.tooDeep) }
    place += 1
    var isFirst = true
    if byte == UInt8(ascii: "[") {
      while try nextElement(&isFirst) { try skipSyntax(depth: depth &- 1) }
    } else {
      while try nextKey(&isFirst) != nil { try skipSyntax(depth: depth &- 1) }
    }
  }
}
