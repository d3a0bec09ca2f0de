import Events
import Identity

/// The broker's clock in these tests: 2024-11-23T08:00:00Z.
let brokerMs: Int64 = 1_732_348_800_000

func standardRules() throws -> EventRules {
  EventRules(
    types: try EventTypes(weights: [
      "view": 0.2, "click": 0.5, "like": 1, "purchase": 1, "add_to_cart": 0.7, "rating": 1, "skip": -0.3,
      "dislike": -1,
    ]))
}

/// What an event says, copied out of its views.
struct EventFacts: Equatable {
  enum Value: Equatable {
    case text(String)
    case number(Double)
    case flag(Bool)
    case null
  }
  struct Shown: Equatable {
    var id: String
    var form: IDForm
    var position: Int
  }

  var kind = DecodedEvent.Kind.interaction
  var user = ""
  var userForm = IDForm.string
  var item = ""
  var itemForm = IDForm.string
  var type: String?
  var value: Double?
  var eventID: String?
  var timeMs: Int64 = 0
  var hasOwnTime = false
  var session: String?
  var modelVersion: String?
  var shown: [Shown] = []
  var context: [String: Value] = [:]
  var attributes: [String: Value] = [:]

  init() {}

  init(_ event: DecodedEvent, types: EventTypes) {
    kind = event.kind
    user = event.user.text
    userForm = event.user.form
    item = event.item.text
    itemForm = event.item.form
    type = event.kind == .interaction ? types.name(of: event.typeCode) : nil
    value = event.value
    eventID = event.eventID?.text
    timeMs = event.timeMs
    hasOwnTime = event.hasOwnTime
    session = event.session?.text
    modelVersion = event.modelVersion?.text
    shown = event.shown.map { Shown(id: $0.item.text, form: $0.item.form, position: Int($0.position)) }
    context = Self.map(event.context)
    attributes = Self.map(event.attributes)
  }

  private static func map(_ members: UnsafeBufferPointer<AttributeView>) -> [String: Value] {
    Dictionary(
      uniqueKeysWithValues: members.map { member in
        switch member.value {
        case .text(let text): (member.name, .text(text.text))
        case .number(let value): (member.name, .number(value))
        case .flag(let value): (member.name, .flag(value))
        case .null: (member.name, .null)
        }
      })
  }
}

extension EventDecoder {
  /// What the payload says, or why it is refused.
  func verdict(_ payload: [UInt8], brokerTimeMs: Int64 = brokerMs) -> Result<EventFacts, EventFault> {
    payload.withUnsafeBytes { bytes in
      do throws(EventFault) {
        try decode(bytes, brokerTimeMs: brokerTimeMs)
        return .success(EventFacts(event, types: rules.types))
      } catch {
        return .failure(error)
      }
    }
  }

  func facts(_ payload: String) throws -> EventFacts { try verdict(Array(payload.utf8)).get() }

  func fault(_ payload: String) -> EventFault? { fault(Array(payload.utf8)) }

  func fault(_ payload: [UInt8]) -> EventFault? {
    if case .failure(let fault) = verdict(payload) { return fault }
    return nil
  }
}

/// splitmix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
