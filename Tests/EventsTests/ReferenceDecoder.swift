import Events
import Identity

/// The rules of events, written down naively over a whole document: every fault, not only the first.
struct ReferenceDecoder {
  struct Fault: Hashable {
    var reason: EventFault.Reason
    var field: String?
  }

  let types: EventTypes
  private let times: ReferenceTime
  private(set) var faults: Set<Fault> = []
  private(set) var facts = EventFacts()
  private var present: Set<String> = []

  static let aliases = ["user_id": "user", "item_id": "item"]
  static let fields: Set<String> = [
    "type", "user", "item", "value", "event_id", "timestamp", "session", "context", "items", "positions",
    "model_version", "attributes",
  ]
  static let common: Set<String> = ["type", "user", "event_id", "timestamp", "session", "context"]

  init(_ document: OracleValue, types: EventTypes, times: ReferenceTime) {
    self.types = types
    self.times = times
    facts.timeMs = brokerMs
    guard case .object(let members) = document else {
      note(.notObject, nil)
      return
    }
    read(members)
    judgeKind()
    judgeTime()
  }

  private mutating func note(_ reason: EventFault.Reason, _ field: String?) {
    faults.insert(Fault(reason: reason, field: field.map(Self.quote)))
  }

  static func quote(_ text: String) -> String {
    text.utf8.count > 64 ? String(decoding: text.utf8.prefix(64), as: UTF8.self) + "..." : text
  }

  private mutating func read(_ members: [OracleValue.Member]) {
    var seen: Set<[UInt8]> = []
    var unknown = 0
    for member in members {
      let (key, value) = (member.key, member.value)
      let name = Self.aliases[key] ?? key
      if !seen.insert(Array(name.utf8)).inserted { note(.duplicateKey, key) }
      if Self.fields.contains(name) {
        if case .null = value { continue }
        present.insert(name)
        read(name, key, value)
      } else {
        unknown += 1
        if unknown > 64 { note(.tooManyKeys, key) }
        descend(value, depth: 2, key)
      }
    }
  }

  /// Faults of values that are skipped.
  private mutating func descend(_ value: OracleValue, depth: Int, _ field: String) {
    switch value {
    case .array(let values):
      if depth > 8 { note(.tooDeep, field) }
      for value in values { descend(value, depth: depth + 1, field) }
    case .object(let members):
      if depth > 8 { note(.tooDeep, field) }
      if Set(members.map { Array($0.key.utf8) }).count < members.count { note(.duplicateKey, field) }
      if members.count > 64 { note(.tooManyKeys, field) }
      for member in members { descend(member.value, depth: depth + 1, field) }
    default: break
    }
  }

  private mutating func wrongType(_ value: OracleValue, _ field: String) {
    note(.wrongType, field)
    descend(value, depth: 2, field)
  }

  private mutating func id(_ value: OracleValue, _ field: String) -> (text: String, form: IDForm)? {
    switch value {
    case .text(let text):
      if text.isEmpty { note(.emptyText, field) }
      if text.utf8.count > 256 { note(.tooLong, field) }
      return (text, .string)
    case .integer(let value): return (String(value), .integer)
    case .natural: note(.outOfRange, field)
    default: wrongType(value, field)
    }
    return nil
  }

  private mutating func map(
    _ value: OracleValue, _ field: String, limit: Int
  ) -> [String: EventFacts.Value] {
    guard case .object(let members) = value else {
      wrongType(value, field)
      return [:]
    }
    var result: [String: EventFacts.Value] = [:]
    var seen: Set<[UInt8]> = []
    for member in members {
      let (name, value) = (member.key, member.value)
      let path = name.isEmpty ? field : field + "." + Self.quote(name)
      if !seen.insert(Array(name.utf8)).inserted { note(.duplicateKey, path) }
      if seen.count > 32 { note(.tooManyKeys, path) }
      if name.isEmpty { note(.emptyText, path) }
      if name.utf8.count > 64 { note(.tooLong, path) }
      switch value {
      case .null: result[name] = .null
      case .flag(let value): result[name] = .flag(value)
      case .integer(let value): result[name] = .number(Double(value))
      case .natural(let value): result[name] = .number(Double(value))
      case .real(let value): result[name] = .number(value)
      case .text(let text):
        if text.utf8.count > limit { note(.tooLong, path) }
        result[name] = .text(text)
      default: wrongType(value, path)
      }
    }
    return result
  }

  private mutating func read(_ name: String, _ key: String, _ value: OracleValue) {
    switch name {
    case "type":
      guard case .text(let text) = value else { return wrongType(value, key) }
      facts.type = text
      if text.isEmpty { note(.emptyText, key) }
      if text.utf8.count > 64 { note(.tooLong, key) }
      facts.kind =
        switch text {
        case "impression": .impression
        case "profile": .profile
        case "erase": .erase
        default: .interaction
        }
      if facts.kind != .interaction {
        facts.type = nil
      } else if types.code(of: text) == nil {
        note(.unknownType, key)
      }
    case "user": (facts.user, facts.userForm) = id(value, key) ?? ("", .string)
    case "item": (facts.item, facts.itemForm) = id(value, key) ?? ("", .string)
    case "event_id": facts.eventID = id(value, key)?.text
    case "session": facts.session = id(value, key)?.text
    case "model_version": facts.modelVersion = id(value, key)?.text
    case "value":
      switch value {
      case .integer(let value): facts.value = Double(value)
      case .natural(let value): facts.value = Double(value)
      case .real(let value): facts.value = value
      default: wrongType(value, key)
      }
    case "timestamp": readTime(value, key)
    case "context": facts.context = map(value, key, limit: 256)
    case "attributes": facts.attributes = map(value, key, limit: 64)
    case "items": readItems(value, key)
    default: readPositions(value, key)
    }
  }

  private mutating func readTime(_ value: OracleValue, _ key: String) {
    facts.hasOwnTime = true
    switch value {
    case .integer(let value):
      facts.timeMs = value > 0 && value < 100_000_000_000 ? value * 1_000 : value
    case .natural: note(.outOfRange, key)
    case .real(let value):
      if value.magnitude >= 1e18 {
        note(.outOfRange, key)
      } else {
        let scaled = value < 1e11 ? value * 1_000 : value
        facts.timeMs = value < 0 ? -1 : Int64(scaled.rounded())
      }
    case .text(let text):
      // The times of the corpus, and the few of their mutants that are times, are read by Foundation.
      if text.isEmpty { note(.emptyText, key) }
      if text.utf8.count > 64 { note(.tooLong, key) }
      guard let time = times.milliseconds(text) else { return note(.badTime, key) }
      facts.timeMs = time
    default: wrongType(value, key)
    }
  }

  private mutating func readItems(_ value: OracleValue, _ key: String) {
    guard case .array(let values) = value else { return wrongType(value, key) }
    if values.isEmpty { note(.emptyText, key) }
    for (place, value) in values.enumerated() {
      if case .null = value {
        note(.wrongType, "\(key)[\(place)]")
      } else if let id = id(value, "\(key)[\(place)]") {
        facts.shown.append(.init(id: id.text, form: id.form, position: place + 1))
      }
    }
  }

  private mutating func readPositions(_ value: OracleValue, _ key: String) {
    guard case .array(let values) = value else { return wrongType(value, key) }
    if case .array = value, present.contains("positions") { positions = [] }
    for (place, value) in values.enumerated() {
      switch value {
      case .integer(let position) where (1...65_535).contains(position): positions?.append(Int(position))
      case .integer, .natural: note(.outOfRange, "\(key)[\(place)]")
      default: wrongType(value, "\(key)[\(place)]")
      }
    }
  }

  private var positions: [Int]?

  private mutating func judgeKind() {
    if !present.contains("type") { return note(.missing, "type") }
    let (required, allowed): (Set<String>, Set<String>) =
      switch facts.kind {
      case .interaction: (["user", "item"], ["item", "value", "model_version"])
      case .impression: (["user", "items"], ["items", "positions", "model_version"])
      case .profile: (["user", "attributes"], ["attributes"])
      case .erase: (["user"], [])
      }
    for field in required.subtracting(present) { note(.missing, field) }
    for field in present.subtracting(allowed.union(Self.common)) { note(.unexpectedField, field) }
    if facts.type == "rating" && !present.contains("value") { note(.missing, "value") }
    guard let positions, facts.kind == .impression else { return }
    if positions.count != facts.shown.count { return note(.inconsistent, "positions") }
    for (place, position) in positions.enumerated() { facts.shown[place].position = position }
  }

  private mutating func judgeTime() {
    guard facts.hasOwnTime else { return }
    if facts.timeMs < 0 { note(.timeBefore1970, "timestamp") }
    if facts.timeMs > brokerMs + 3_600_000 { note(.timeInFuture, "timestamp") }
  }
}
