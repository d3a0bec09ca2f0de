import JSON

/// Seeded mutants of valid documents that stay JSON: members removed, renamed, given other values.
struct DocumentMutator {
  private var random: SeededGenerator
  private let samples: [JSONValue]

  init(seed: UInt64, samples: [JSONValue]) {
    random = SeededGenerator(seed)
    self.samples = samples
  }

  private static let names = [
    "type", "user", "user_id", "item", "item_id", "value", "event_id", "timestamp", "session", "context", "items",
    "positions", "model_version", "attributes", "id", "title", "genres", "categories", "year", "tags", "price",
    "available", "other",
  ]

  private static let values: [JSONValue] = [
    .null, .boolean(true), .boolean(false), .integer(0), .integer(1), .integer(-1), .integer(1_732_348_799),
    .integer(.max), .integer(.min), .number(0.5), .number(-2.5), .number(9.3e18), .number(1e300), .string(""),
    .string("x"), .string(String(repeating: "y", count: 64)), .string(String(repeating: "y", count: 65)),
    .string(String(repeating: "y", count: 129)), .string(String(repeating: "y", count: 256)),
    .string(String(repeating: "y", count: 257)), .string("2024-11-23T07:00:00Z"), .string("2024-11-23 07:00"),
    .string("view"), .string("rating"), .string("impression"), .string("profile"), .string("erase"), .array([]),
    .array([.integer(1)]), .array([.string("a"), .integer(2)]), .array([.null]), .array([.string("")]),
    .array((0..<33).map { .string("g\($0)") }), .array((0..<129).map { .string("t\($0)") }),
    .array((1...1_001).map { .integer($0) }), .object([:]), .object(["a": .integer(1), "b": .null]),
    .object(["a": .array([])]), .object(["": .integer(1)]),
  ]

  mutating func next() -> JSONValue {
    guard var members = samples.randomElement(using: &random)?.objectValue else { return .null }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      let name = Self.names.randomElement(using: &random) ?? ""
      let isOld = Bool.random(using: &random)
      let target = (isOld ? members.keys.sorted().randomElement(using: &random) : nil) ?? name
      switch Int.random(in: 0..<6, using: &random) {
      case 0: members[target] = nil
      case 1: members[name] = members.removeValue(forKey: target)
      default: members[target] = Self.values.randomElement(using: &random)
      }
    }
    return .object(members)
  }
}
