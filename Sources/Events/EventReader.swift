/// One event, read field by field into views. The state behind `EventDecoder`.
struct EventReader: ~Copyable {
  typealias Reason = EventFault.Reason

  var json = JSONScanner()
  let rules: EventRules
  var event = DecodedEvent()
  /// The text of a `type` that names no configured type, for the message.
  private(set) var typeText = ByteView.empty
  /// The field that was required, or not allowed, when no key is to blame.
  private(set) var blamed: EventField?

  /// Fields whose key was read; fields whose value was not null.
  private var seen: UInt32 = 0
  private var present: UInt32 = 0
  private var positionCount = 0
  /// Where the timestamp's value starts, for errors that show once the whole event is read.
  private var timePlace: UnsafePointer<UInt8>?

  private let shown: UnsafeMutablePointer<ShownItem>
  private let positions: UnsafeMutablePointer<UInt16>
  private let context: UnsafeMutablePointer<AttributeView>
  private let attributes: UnsafeMutablePointer<AttributeView>

  init(rules: EventRules) {
    self.rules = rules
    shown = .allocate(capacity: EventLimits.shownItems)
    shown.initialize(repeating: ShownItem(item: .empty, position: 0), count: EventLimits.shownItems)
    positions = .allocate(capacity: EventLimits.shownItems)
    positions.initialize(repeating: 0, count: EventLimits.shownItems)
    let none = AttributeView(nameView: .empty, value: .null)
    context = .allocate(capacity: EventLimits.members)
    context.initialize(repeating: none, count: EventLimits.members)
    attributes = .allocate(capacity: EventLimits.members)
    attributes.initialize(repeating: none, count: EventLimits.members)
  }

  deinit {
    shown.deallocate()
    positions.deallocate()
    context.deallocate()
    attributes.deallocate()
  }

  mutating func read(_ payload: UnsafeRawBufferPointer, brokerTimeMs: Int64) throws(Reason) {
    event = DecodedEvent()
    seen = 0
    present = 0
    positionCount = 0
    blamed = nil
    typeText = .empty
    timePlace = nil
    json.begin(payload)
    if payload.count > EventLimits.payloadBytes { throw json.fail(.payloadTooLarge) }
    try json.enterDocument()
    try members()
    try json.finishDocument()
    try checkFields()
    if present & EventField.positions.rawValue != 0 { try placeItems() }
    try checkTime(brokerTimeMs)
  }

  @inline(__always) private mutating func members() throws(Reason) {
    var isFirst = true
    var unknownKeys = 0
    json.clearField()
    while let key = try json.nextKey(&isFirst) {
      json.field = key
      if let field = EventField.named(key) {
        if seen & field.rawValue != 0 { throw json.fail(.duplicateKey, "the key, or its alias, stands twice") }
        seen |= field.rawValue
        if try value(of: field) { present |= field.rawValue }
      } else {
        try json.note(key, depth: 1, count: &unknownKeys)
        try json.skipValue(depth: 2)
      }
      json.clearField()
    }
  }

  /// Reads a known field's value. False where it is null.
  @inline(__always) private mutating func value(of field: EventField) throws(Reason) -> Bool {
    switch field {
    case .type: return try type()
    case .user:
      guard let id = try json.id() else { return false }
      event.user = id
    case .item:
      guard let id = try json.id() else { return false }
      event.item = id
    case .value:
      guard let value = try json.real() else { return false }
      event.value = value
    case .eventID:
      guard let id = try json.id() else { return false }
      event.eventID = id.view
    case .timestamp: return try timestamp()
    case .session:
      guard let id = try json.id() else { return false }
      event.session = id.view
    case .modelVersion:
      guard let id = try json.id() else { return false }
      event.modelVersion = id.view
    case .context:
      guard let count = try json.flatMap(into: context, textLimit: EventLimits.contextBytes) else { return false }
      event.context = UnsafeBufferPointer(start: context, count: count)
    case .items: return try items()
    case .positions: return try readPositions()
    case .attributes:
      guard let count = try json.flatMap(into: attributes, textLimit: EventLimits.attributeBytes) else { return false }
      event.attributes = UnsafeBufferPointer(start: attributes, count: count)
    }
    return true
  }

  @inline(__always) private mutating func type() throws(Reason) -> Bool {
    let first = json.place
    guard let name = try json.text(limit: EventLimits.nameBytes) else { return false }
    guard let meaning = rules.types.meaning(of: name) else {
      typeText = name
      throw json.fail(.unknownType, at: first)
    }
    event.kind = meaning.kind
    event.typeCode = meaning.code
    return true
  }

  private mutating func items() throws(Reason) -> Bool {
    guard try json.enterArray("must be an array of ids") else { return false }
    var isFirst = true
    var count = 0
    while try json.nextElement(&isFirst) {
      json.element = count
      if count == EventLimits.shownItems { throw json.fail(.tooManyElements, "at most 1000 items are shown") }
      guard let id = try json.id() else { throw json.fail(.wrongType, "must be a string or an integer") }
      shown[count] = ShownItem(item: id, position: UInt16(truncatingIfNeeded: count &+ 1))
      count &+= 1
    }
    json.element = -1
    if count == 0 { throw json.fail(.emptyText, "an impression shows at least one item") }
    event.shown = UnsafeBufferPointer(start: shown, count: count)
    return true
  }

  private mutating func readPositions() throws(Reason) -> Bool {
    let hint: StaticString = "must be an integer from 1, the top, to 65535"
    guard try json.enterArray("must be an array of integers, one for each of items") else { return false }
    var isFirst = true
    while try json.nextElement(&isFirst) {
      json.element = positionCount
      if positionCount == EventLimits.shownItems { throw json.fail(.tooManyElements, "at most 1000 items are shown") }
      guard let position = try json.integer(in: 1...Int64(EventLimits.position), hint) else {
        throw json.fail(.wrongType, hint)
      }
      positions[positionCount] = UInt16(truncatingIfNeeded: position)
      positionCount &+= 1
    }
    json.element = -1
    return true
  }

  private mutating func placeItems() throws(Reason) {
    guard positionCount == event.shown.count else {
      blamed = .positions
      throw json.fail(.inconsistent, "must have one position for each of items")
    }
    for index in 0..<positionCount { shown[index].position = positions[index] }
  }

  @inline(__always) private mutating func checkFields() throws(Reason) {
    let missing = event.kind.required & ~present
    let needsValue = event.kind == .interaction && rules.types.isRating(event.typeCode) && event.value == nil
    if missing == 0 && !needsValue && present & ~event.kind.allowed == 0 { return }
    // Without a type the kind is unknown: that comes first.
    if present & EventField.type.rawValue == 0 {
      blamed = .type
      throw json.fail(.missing)
    }
    if missing != 0 {
      blamed = EventField(rawValue: missing & (0 &- missing))
      throw json.fail(.missing)
    }
    if needsValue {
      blamed = .value
      throw json.fail(.missing, "a rating needs its value")
    }
    let strange = present & ~event.kind.allowed
    blamed = EventField(rawValue: strange & (0 &- strange))
    throw json.fail(.unexpectedField)
  }

  private static let timeHint: StaticString = "must be milliseconds (or seconds below 10^11) since 1970"

  @inline(__always) private mutating func timestamp() throws(Reason) -> Bool {
    let byte = try json.peek()
    let first = json.place
    timePlace = first
    if JSONScanner.startsNumber(byte) {
      let number = try json.number()
      if number.isInteger {
        guard let value = JSONScanner.integer(number) else { throw json.fail(.outOfRange, Self.timeHint, at: first) }
        event.timeMs = value < EventLimits.firstMilliseconds && value > 0 ? value &* 1_000 : value
      } else {
        try fractionalTime(number, at: first)
      }
    } else {
      guard let text = try json.text(limit: EventLimits.nameBytes) else { return false }
      guard let time = EventTime.milliseconds(text) else { throw json.fail(.badTime, at: first) }
      event.timeMs = time
    }
    event.hasOwnTime = true
    return true
  }

  /// Beyond it a double has no milliseconds, and is no time of any event.
  private static let largestTime = 1e18

  /// Seconds with a fraction, as Python's `time.time()` gives them, rounded to milliseconds.
  private mutating func fractionalTime(
    _ number: JSONScanner.Number, at first: UnsafePointer<UInt8>
  ) throws(Reason) {
    guard var value = JSONScanner.double(number), abs(value) < Self.largestTime else {
      throw json.fail(.outOfRange, Self.timeHint, at: first)
    }
    if value < Double(EventLimits.firstMilliseconds) { value *= 1_000 }
    event.timeMs = value < 0 ? min(-1, Int64(max(value, -9e18))) : Int64(value.rounded())
  }

  @inline(__always) private mutating func checkTime(_ brokerTimeMs: Int64) throws(Reason) {
    guard event.hasOwnTime else {
      event.timeMs = max(0, brokerTimeMs)
      return
    }
    if event.timeMs < 0 {
      blamed = .timestamp
      throw json.fail(.timeBefore1970, at: timePlace)
    }
    if event.timeMs > brokerTimeMs.addingSaturated(rules.futureToleranceMs) {
      blamed = .timestamp
      throw json.fail(.timeInFuture, at: timePlace)
    }
  }
}

extension Int64 {
  fileprivate func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other > 0 ? .max : .min) : sum
  }
}
