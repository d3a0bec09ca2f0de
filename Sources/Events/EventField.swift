import Glibc

/// The fields that events know. Raw values are bits of a mask.
enum EventField: UInt32 {
  case type = 1
  case user = 2
  case item = 4
  case value = 8
  case eventID = 16
  case timestamp = 32
  case session = 64
  case context = 128
  case items = 256
  case positions = 512
  case modelVersion = 1_024
  case attributes = 2_048

  /// What every kind may carry.
  static let common = mask(.type, .user, .eventID, .timestamp, .session, .context)

  static func mask(_ fields: EventField...) -> UInt32 { fields.reduce(0) { $0 | $1.rawValue } }

  var name: String {
    switch self {
    case .type: "type"
    case .user: "user"
    case .item: "item"
    case .value: "value"
    case .eventID: "event_id"
    case .timestamp: "timestamp"
    case .session: "session"
    case .context: "context"
    case .items: "items"
    case .positions: "positions"
    case .modelVersion: "model_version"
    case .attributes: "attributes"
    }
  }

  /// The field of a key or of its alias; nil for keys that are not ours.
  @inline(__always) static func named(_ key: ByteView) -> EventField? {
    guard let bytes = key.bytes.baseAddress else { return nil }
    switch key.count {
    case 4:
      let word = bytes.loadUnaligned(as: UInt32.self).littleEndian
      if word == 0x7265_7375 { return .user }
      if word == 0x6D65_7469 { return .item }
      if word == 0x6570_7974 { return .type }
    case 5:
      if memcmp(bytes, "value", 5) == 0 { return .value }
      if memcmp(bytes, "items", 5) == 0 { return .items }
    case 7:
      if memcmp(bytes, "user_id", 7) == 0 { return .user }
      if memcmp(bytes, "item_id", 7) == 0 { return .item }
      if memcmp(bytes, "session", 7) == 0 { return .session }
      if memcmp(bytes, "context", 7) == 0 { return .context }
    case 8: if bytes.loadUnaligned(as: UInt64.self).littleEndian == 0x6469_5F74_6E65_7665 { return .eventID }
    case 9:
      if memcmp(bytes, "timestamp", 9) == 0 { return .timestamp }
      if memcmp(bytes, "positions", 9) == 0 { return .positions }
    case 10: if memcmp(bytes, "attributes", 10) == 0 { return .attributes }
    case 13: if memcmp(bytes, "model_version", 13) == 0 { return .modelVersion }
    default: break
    }
    return nil
  }
}

extension DecodedEvent.Kind {
  /// The fields that must be there.
  var required: UInt32 {
    switch self {
    case .interaction: EventField.mask(.type, .user, .item)
    case .impression: EventField.mask(.type, .user, .items)
    case .profile: EventField.mask(.type, .user, .attributes)
    case .erase: EventField.mask(.type, .user)
    }
  }

  /// The fields that may be there. One of another kind is refused, so that an `erase` with an `item` does not erase all
  /// of the user, and a purchase with `items` is not taken for nothing.
  var allowed: UInt32 {
    switch self {
    case .interaction: EventField.common | EventField.mask(.item, .value, .modelVersion)
    case .impression: EventField.common | EventField.mask(.items, .positions, .modelVersion)
    case .profile: EventField.common | EventField.mask(.attributes)
    case .erase: EventField.common
    }
  }

  var name: String {
    switch self {
    case .interaction: "interaction"
    case .impression: "impression"
    case .profile: "profile"
    case .erase: "erase"
    }
  }
}
