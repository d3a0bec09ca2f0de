/// Why a payload was refused, where, and what to do about it.
public struct EventFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The class of the fault: the label of `freshet_events_rejected_total` and the `reason` header of a dead letter, so
  /// names are never changed, only added.
  public enum Reason: String, Error, Sendable, CaseIterable {
    /// No bytes, or only blanks.
    case emptyPayload = "empty_payload"
    case payloadTooLarge = "payload_too_large"
    case notObject = "not_object"
    /// Not JSON: RFC 8259 to the letter, with lone surrogates refused.
    case syntax
    case badUTF8 = "bad_utf8"
    /// A second value behind the object.
    case trailingText = "trailing_text"
    /// A key twice in one object; a name and its alias count as the same key.
    case duplicateKey = "duplicate_key"
    case tooDeep = "too_deep"
    case tooManyKeys = "too_many_keys"
    case tooManyElements = "too_many_elements"
    case outOfRange = "out_of_range"
    case wrongType = "wrong_type"
    case emptyText = "empty_text"
    case tooLong = "too_long"
    /// A required field is absent or null.
    case missing
    /// An event type that is not configured.
    case unknownType = "unknown_type"
    /// A field that belongs to another kind of event.
    case unexpectedField = "unexpected_field"
    /// Two fields contradict each other.
    case inconsistent
    /// A string that is no RFC 3339 time.
    case badTime = "bad_time"
    case timeBefore1970 = "time_before_1970"
    case timeInFuture = "time_in_future"
  }

  public let reason: Reason
  /// The field as the payload names it, such as `user_id`, `items[3]` or `context.device`; nil where no field is to
  /// blame.
  public let field: String?
  public let message: String
  /// Bytes before the fault.
  public let offset: Int

  public init(reason: Reason, field: String?, message: String, offset: Int) {
    self.reason = reason
    self.field = field
    self.message = message
    self.offset = offset
  }

  public var description: String { "\(field.map { $0 + ": " } ?? "")\(message) (\(reason.rawValue), byte \(offset))" }
}
