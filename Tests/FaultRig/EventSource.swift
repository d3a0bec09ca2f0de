import TestSupport

/// An event as it goes to the log, and what the rig must remember of it.
struct SourceEvent: Sendable {
  /// Written as the event's `session`, so that it is found again in the log.
  let serial: Int
  let user: String
  let payload: String
  /// Whether it is refused by the decoder.
  var isBad = false
  /// Whether it goes to a partition that is not its user's, without a key.
  var isAstray = false
}

/// Random events of every kind, from a seed: interactions, impressions, profiles, erasures, repeated and bad ones.
struct EventSource {
  static let users = 600
  static let items = 200
  private static let types = ["view", "view", "click", "click", "like", "rating", "purchase", "skip", "dislike"]
  /// Repeats come from the newest events: within a user's duplicate window, which is 64 ids.
  private static let recentLimit = 200
  /// Shares of 1,000.
  private static let (bad, erasures, profiles, impressions, repeats, astray) = (10, 3, 20, 40, 30, 20)

  private var random: SeededRandom
  private var serial: Int
  private let step: Int
  private var recent: [SourceEvent] = []
  private let canMisbehave: Bool

  /// - Parameters:
  ///   - first: serial of the first event; the next ones are `step` apart, so that two sources share no number.
  ///   - canMisbehave: whether there are bad, repeated, astray events and such without an id.
  init(seed: UInt64, first: Int, step: Int, canMisbehave: Bool) {
    random = SeededRandom(seed: seed)
    serial = first
    self.step = step
    self.canMisbehave = canMisbehave
  }

  mutating func next(nowMs: Int64) -> SourceEvent {
    var die = Int.random(in: 0..<1_000, using: &random)
    if canMisbehave, die < Self.repeats, let earlier = recent.randomElement(using: &random) { return earlier }
    die -= Self.repeats
    let event = make(&die, nowMs)
    if recent.count < Self.recentLimit {
      recent.append(event)
    } else {
      recent[Int.random(in: 0..<Self.recentLimit, using: &random)] = event
    }
    return event
  }

  private mutating func make(_ die: inout Int, _ nowMs: Int64) -> SourceEvent {
    serial += step
    let number = Int.random(in: 0..<Self.users, using: &random)
    // Both forms of an id; each user keeps one.
    let user = number.isMultiple(of: 2) ? "\(number)" : "u-\(number)"
    let quoted = number.isMultiple(of: 2) ? user : "\"\(user)\""
    var head = "\"user\":\(quoted),\"session\":\"s\(serial)\""
    let hasID = !canMisbehave || Int.random(in: 0..<8, using: &random) > 0
    if hasID { head += ",\"event_id\":\"e\(serial)\"" }
    // A few come late, and a few take the broker's time.
    if Int.random(in: 0..<10, using: &random) > 0 {
      head += ",\"timestamp\":\(nowMs - Int64.random(in: 0...2_000, using: &random))"
    }
    let item = Int.random(in: 0..<Self.items, using: &random)
    var isBad = false
    let body: String
    switch die {
    case ..<Self.bad where canMisbehave:
      isBad = true
      body = "{\"type\":\"rating\",\(head)}"
    case ..<(Self.bad + Self.erasures): body = "{\"type\":\"erase\",\(head)}"
    case ..<(Self.bad + Self.erasures + Self.profiles):
      body = "{\"type\":\"profile\",\(head),\"attributes\":{\"country\":\"c\(item % 7)\",\"age\":\(item)}}"
    case ..<(Self.bad + Self.erasures + Self.profiles + Self.impressions):
      body = "{\"type\":\"impression\",\(head),\"items\":[\(item),\((item + 1) % Self.items)]}"
    default:
      let type = Self.types.randomElement(using: &random) ?? "view"
      let value = type == "rating" ? ",\"value\":\(Int.random(in: 1...5, using: &random))" : ""
      body = "{\"type\":\"\(type)\",\(head),\"item\":\(item)\(value)}"
    }
    let isAstray = canMisbehave && Int.random(in: 0..<1_000, using: &random) < Self.astray
    return SourceEvent(serial: serial, user: user, payload: body, isBad: isBad, isAstray: isAstray)
  }
}
