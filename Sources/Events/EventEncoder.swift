import Identity
import JSON

/// Writes events and items as the decoders read them: for `freshet produce`, for events that are forwarded, for tests.
///
/// Each call gives one payload; the writer's memory is kept from call to call. One thread.
public struct EventEncoder: Sendable {
  private var writer = JSONWriter(reserving: 512)

  public init() {}

  /// What every kind of event may carry.
  public struct Envelope: Sendable {
    public var eventID: String?
    /// Milliseconds since 1970; nil lets the broker say.
    public var timeMs: Int64?
    public var session: String?
    public var context: [String: JSONValue]

    public init(
      eventID: String? = nil, timeMs: Int64? = nil, session: String? = nil, context: [String: JSONValue] = [:]
    ) {
      self.eventID = eventID
      self.timeMs = timeMs
      self.session = session
      self.context = context
    }
  }

  public mutating func interaction(
    type: String, user: EntityID, item: EntityID, value: Double? = nil, modelVersion: String? = nil,
    _ envelope: Envelope = Envelope()
  ) -> [UInt8] {
    begin(type: type, user: user)
    writer.key("item")
    write(item)
    if let value {
      writer.key("value")
      writer.number(value)
    }
    if let modelVersion { member("model_version", modelVersion) }
    return end(envelope)
  }

  /// - Parameter positions: one for each item, from 1; nil for 1, 2, 3, ...
  public mutating func impression(
    user: EntityID, items: [EntityID], positions: [Int]? = nil, modelVersion: String? = nil,
    _ envelope: Envelope = Envelope()
  ) -> [UInt8] {
    begin(type: "impression", user: user)
    writer.key("items")
    writer.beginArray()
    for item in items { write(item) }
    writer.endArray()
    if let positions {
      writer.key("positions")
      writer.beginArray()
      for position in positions { writer.integer(position) }
      writer.endArray()
    }
    if let modelVersion { member("model_version", modelVersion) }
    return end(envelope)
  }

  /// - Parameter attributes: strings, numbers, booleans; null removes an attribute.
  public mutating func profile(
    user: EntityID, attributes: [String: JSONValue], _ envelope: Envelope = Envelope()
  ) -> [UInt8] {
    begin(type: "profile", user: user)
    writer.key("attributes")
    JSONValue.object(attributes).write(to: &writer)
    return end(envelope)
  }

  public mutating func erase(user: EntityID, _ envelope: Envelope = Envelope()) -> [UInt8] {
    begin(type: "erase", user: user)
    return end(envelope)
  }

  public mutating func item(_ item: DecodedItem) -> [UInt8] {
    writer.removeAll()
    writer.beginObject()
    writer.key("id")
    write(item.id)
    if let title = item.title { member("title", title) }
    if !item.genres.isEmpty { member("genres", item.genres) }
    if let year = item.year {
      writer.key("year")
      writer.integer(year)
    }
    if !item.tags.isEmpty { member("tags", item.tags) }
    if let price = item.price {
      writer.key("price")
      writer.number(price)
    }
    if !item.isAvailable {
      writer.key("available")
      writer.boolean(false)
    }
    writer.endObject()
    return writer.bytes
  }

  /// A decoded event as it is forwarded: with the time at which it first arrived, so that it does not age anew, and with
  /// an event id, so that a second forwarding is recognised. Fields that are not ours are left behind.
  ///
  /// - Parameter eventID: taken where the event has none.
  public mutating func forwarded(_ event: DecodedEvent, types: EventTypes, eventID: String) -> [UInt8] {
    let envelope = Envelope(
      eventID: event.eventID?.text ?? eventID, timeMs: event.timeMs, session: event.session?.text,
      context: Self.members(event.context))
    let version = event.modelVersion?.text
    switch event.kind {
    case .interaction:
      return interaction(
        type: types.name(of: event.typeCode), user: event.user.entityID, item: event.item.entityID, value: event.value,
        modelVersion: version, envelope)
    case .impression:
      return impression(
        user: event.user.entityID, items: event.shown.map(\.item.entityID),
        positions: event.shown.map { Int($0.position) },
        modelVersion: version, envelope)
    case .profile:
      return profile(user: event.user.entityID, attributes: Self.members(event.attributes), envelope)
    case .erase: return erase(user: event.user.entityID, envelope)
    }
  }

  private static func members(_ views: UnsafeBufferPointer<AttributeView>) -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    for view in views {
      switch view.value {
      case .text(let text): members[view.name] = .string(text.text)
      case .number(let value): members[view.name] = .number(value)
      case .flag(let value): members[view.name] = .boolean(value)
      case .null: members[view.name] = .null
      }
    }
    return members
  }

  private mutating func begin(type: String, user: EntityID) {
    writer.removeAll()
    writer.beginObject()
    member("type", type)
    writer.key("user")
    write(user)
  }

  private mutating func end(_ envelope: Envelope) -> [UInt8] {
    if let eventID = envelope.eventID { member("event_id", eventID) }
    if let time = envelope.timeMs {
      // Written as milliseconds the earliest times would be read as seconds.
      writer.key("timestamp")
      if time < EventLimits.firstMilliseconds { writer.number(Double(time) / 1_000) } else { writer.integer(time) }
    }
    if let session = envelope.session { member("session", session) }
    if !envelope.context.isEmpty {
      writer.key("context")
      JSONValue.object(envelope.context).write(to: &writer)
    }
    writer.endObject()
    return writer.bytes
  }

  private mutating func member(_ key: StaticString, _ text: String) {
    writer.key(key)
    writer.string(text)
  }

  private mutating func member(_ key: StaticString, _ texts: [String]) {
    writer.key(key)
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }

  private mutating func write(_ id: EntityID) {
    switch id.form {
    case .integer: writer.token(id.text)
    case .string: writer.string(id.text)
    }
  }
}
