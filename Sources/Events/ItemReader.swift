import Identity

/// One item, read field by field. The state behind `ItemDecoder`.
struct ItemReader: ~Copyable {
  typealias Reason = EventFault.Reason

  private enum Field: UInt32 {
    case id = 1
    case title = 2
    case genres = 4
    case year = 8
    case tags = 16
    case price = 32
    case available = 64

    /// Aliases are what shops and catalogues call the same.
    static func named(_ key: ByteView) -> Field? {
      switch key.text {
      case "id", "item", "item_id": .id
      case "title": .title
      case "genres", "categories": .genres
      case "year": .year
      case "tags": .tags
      case "price": .price
      case "available": .available
      default: nil
      }
    }
  }

  private var json = JSONScanner()
  private var seen: UInt32 = 0
  private var hasID = false
  private var item = DecodedItem(id: EntityID(""))
  private var blamed: String?

  init() {}

  mutating func read(_ payload: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer?) throws(Reason) -> DecodedItem {
    item = DecodedItem(id: EntityID(""))
    seen = 0
    hasID = false
    blamed = nil
    json.begin(payload)
    if payload.count > EventLimits.payloadBytes { throw json.fail(.payloadTooLarge) }
    try json.enterDocument()
    try members()
    try json.finishDocument()
    try match(key)
    return item
  }

  private mutating func members() throws(Reason) {
    var isFirst = true
    var unknownKeys = 0
    json.clearField()
    while let key = try json.nextKey(&isFirst) {
      json.field = key
      if let field = Field.named(key) {
        if seen & field.rawValue != 0 { throw json.fail(.duplicateKey, "the key, or its alias, stands twice") }
        seen |= field.rawValue
        try value(of: field)
      } else {
        try json.note(key, depth: 1, count: &unknownKeys)
        try json.skipValue(depth: 2)
      }
      json.clearField()
    }
  }

  private mutating func value(of field: Field) throws(Reason) {
    switch field {
    case .id:
      guard let id = try json.id() else { return }
      item.id = id.entityID
      hasID = true
    case .title: item.title = try json.text(limit: EventLimits.titleBytes)?.text
    case .genres: item.genres = try labels(limit: EventLimits.genres)
    case .tags: item.tags = try labels(limit: EventLimits.tags)
    case .year:
      item.year = try json.integer(in: EventLimits.years, "must be an integer from 1 to 9999").map { Int($0) }
    case .price:
      _ = try json.peek()
      let first = json.place
      item.price = try json.real()
      if let price = item.price, price < 0 { throw json.fail(.outOfRange, "must not be negative", at: first) }
    case .available: item.isAvailable = try json.flag() ?? true
    }
  }

  private mutating func labels(limit: Int) throws(Reason) -> [String] {
    guard try json.enterArray("must be an array of strings") else { return [] }
    var labels: [String] = []
    var isFirst = true
    while try json.nextElement(&isFirst) {
      json.element = labels.count
      if labels.count == limit { throw json.fail(.tooManyElements, "at most 32 genres and 128 tags are accepted") }
      guard let label = try json.text(limit: EventLimits.labelBytes) else {
        throw json.fail(.wrongType, "must be a string")
      }
      labels.append(label.text)
    }
    json.element = -1
    return labels
  }

  private mutating func match(_ key: UnsafeRawBufferPointer?) throws(Reason) {
    let keyID: EntityID?
    do throws(EventFault) {
      if let key, !key.isEmpty { keyID = try EntityID.ofKey(key) } else { keyID = nil }
    } catch {
      blamed = "key"
      throw json.fail(error.reason, "the record's key must be the item's id, UTF-8 of 1 to 256 bytes")
    }
    if !hasID {
      blamed = "id"
      guard let keyID else { throw json.fail(.missing, "is required, here or as the record's key") }
      item.id = keyID
    } else if let keyID, keyID != item.id {
      blamed = "id"
      throw json.fail(
        .inconsistent, "differs from the record's key; the topic is compacted by key, so send the id as key")
    }
  }

  func fault(_ reason: Reason, payload: UnsafeRawBufferPointer) -> EventFault {
    EventFault(
      reason: reason, field: blamed ?? json.fieldPath, message: json.message(reason, payloadBytes: payload.count),
      offset: json.offset)
  }
}
