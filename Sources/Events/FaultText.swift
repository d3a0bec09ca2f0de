/// Turns the scanner's state after a fault into words. Runs on the bad path only, so it may allocate.
extension JSONScanner {
  /// Longest piece of a payload that a message quotes, in bytes.
  static let quotedBytes = 64

  /// The member that was being read, such as `items[3]` or `context.device`; nil between members.
  var fieldPath: String? {
    guard !field.isEmpty else { return nil }
    var path = Self.quote(field)
    if element >= 0 { path += "[\(element)]" }
    if !member.isEmpty { path += "." + Self.quote(member) }
    return path
  }

  static func quote(_ text: ByteView) -> String {
    let head = String(decoding: text.bytes.prefix(quotedBytes), as: UTF8.self)
    return text.count > quotedBytes ? head + "..." : head
  }

  /// What is wrong, for every reason that needs no knowledge of the document's kind.
  func message(_ reason: Reason, payloadBytes: Int) -> String {
    let hint = "\(self.hint)"
    switch reason {
    case .emptyPayload: return "the payload is empty; send one JSON object"
    case .payloadTooLarge:
      return "the payload has \(payloadBytes) bytes, at most \(EventLimits.payloadBytes) are accepted; "
        + "send large data elsewhere and name it here"
    case .notObject: return "starts with \(nextByte); send one JSON object, {...}"
    case .syntax: return "not JSON: " + (hint.isEmpty ? "\(nextByte) is not expected here" : hint)
    case .badUTF8: return "not UTF-8: \(nextByte) starts no character; encode the text as UTF-8"
    case .trailingText: return "\(nextByte) follows the object; send one object a record"
    case .duplicateKey: return hint.isEmpty ? "the key stands twice" : hint
    case .tooDeep: return "nested deeper than \(EventLimits.depth) levels"
    case .tooManyKeys: return "more keys than the \(member.isEmpty ? EventLimits.keys : EventLimits.members) accepted"
    case .emptyText: return hint.isEmpty ? "must not be empty" : hint
    case .tooLong: return hint.isEmpty ? "longer than accepted" : hint
    case .badTime:
      return "not a time; send milliseconds or seconds since 1970, or RFC 3339 such as 2024-11-23T08:15:30Z"
    case .missing: return hint.isEmpty ? "is required" : hint
    default: return hint.isEmpty ? reason.rawValue : hint
    }
  }

  /// The byte at the fault, in words.
  private var nextByte: String {
    guard place < end else { return "the end of the text" }
    let byte = place.pointee
    if byte > 0x20 && byte < 0x7F { return "`\(Character(Unicode.Scalar(byte)))`" }
    let digits = String(byte, radix: 16, uppercase: true)
    return "byte 0x\(digits.count == 1 ? "0" : "")\(digits)"
  }
}

extension EventReader {
  func fault(_ reason: Reason, payload: UnsafeRawBufferPointer, brokerTimeMs: Int64) -> EventFault {
    let message: String =
      switch reason {
      case .unknownType: unknownType
      case .unexpectedField:
        "does not belong to \(event.kind == .interaction ? "an interaction" : "`\(event.kind.name)`"); remove it"
      case .timeBefore1970: "\(event.timeMs) ms is before 1970; send milliseconds since 1970-01-01T00:00:00Z"
      case .timeInFuture:
        "\(event.timeMs) ms is \(event.timeMs.subtractingReportingOverflow(brokerTimeMs).partialValue) ms ahead of the "
          + "broker's clock, \(rules.futureToleranceMs) are tolerated (events.future-tolerance); check the sender's "
          + "clock and the unit"
      default: json.message(reason, payloadBytes: payload.count)
      }
    return EventFault(reason: reason, field: blamed?.name ?? json.fieldPath, message: message, offset: json.offset)
  }

  private var unknownType: String {
    let name = JSONScanner.quote(typeText)
    let nearest = NearestName.of(name, among: rules.types.allNames).map { "did you mean `\($0)`? Or " } ?? ""
    return "`\(name)` is not a configured event type; \(nearest)give it a weight: events.weights.\(name) = 0.5"
  }
}
