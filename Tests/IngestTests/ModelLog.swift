import Identity
import State
import TestSupport

/// One record of a shard's log, as the model test makes it.
enum ModelRecord {
  case interaction(user: Int, item: Int, Interaction)
  case impression(user: Int, timeMs: Int64, eventHash: UInt64)
  case profile(user: Int, [(name: String, value: AttributeValue?)], timeMs: Int64, eventHash: UInt64)
  case erasure(user: Int)
  /// Something that is no event: its offset passes, nothing else.
  case bad
}

/// The log of one shard: random records, made from a seed.
struct ModelLog {
  let name: String
  let records: [ModelRecord]

  /// What a log is made of.
  struct Mix {
    var records = 120
    var users = 12
    var items = 30
    /// Shares of 1,000.
    var erasures = 10
    var repeats = 80
    var bad = 30
    var impressions = 80
    var profiles = 80
    /// Late events and events of one millisecond come up to this far apart.
    var disorderMs: Int64 = 40

    /// Few events or many, of few users or many, with everything that can go wrong or hardly anything.
    static func random(using random: inout SeededRandom) -> Mix {
      var mix = Mix()
      mix.records = Int.random(in: 1...240, using: &random)
      mix.users = [1, 2, 5, 30, 200].randomElement(using: &random) ?? 1
      mix.items = [1, 3, 40].randomElement(using: &random) ?? 1
      mix.erasures = [0, 5, 60].randomElement(using: &random) ?? 0
      mix.repeats = [0, 80, 400].randomElement(using: &random) ?? 0
      mix.disorderMs = [0, 5, 100_000_000].randomElement(using: &random) ?? 0
      return mix
    }
  }

  /// User ids with the bytes that separators and wildcards are made of.
  static func userID(_ user: Int) -> [UInt8] {
    switch user % 5 {
    case 0: Array("\(user)".utf8)
    case 1: Array("user:{\(user)}*?[a]".utf8)
    case 2: Array("ünï-\(user)\r\n".utf8)
    case 3: Array("\(user) \u{0}".utf8)
    default: Array("\(String(repeating: "x", count: 40))\(user)".utf8)
    }
  }

  static func itemID(_ item: Int) -> [UInt8] { Array("item \(item)".utf8) }

  init(name: String, mix: Mix, using random: inout SeededRandom) {
    self.name = name
    var records: [ModelRecord] = []
    var clockMs: Int64 = 1_700_000_000_000
    for _ in 0..<mix.records {
      clockMs += Int64.random(in: 0...3, using: &random) * Int64.random(in: 0...1_000, using: &random)
      let timeMs = clockMs - Int64.random(in: 0...mix.disorderMs, using: &random)
      let user = Int.random(in: 0..<mix.users, using: &random)
      let eventHash = Int.random(in: 0..<3, using: &random) == 0 ? 0 : random.next() | 1
      let die = Int.random(in: 0..<1_000, using: &random)
      if die < mix.repeats, let earlier = records.randomElement(using: &random) {
        records.append(earlier)
      } else if die < mix.repeats + mix.erasures {
        records.append(.erasure(user: user))
      } else if die < mix.repeats + mix.erasures + mix.bad {
        records.append(.bad)
      } else if die < mix.repeats + mix.erasures + mix.bad + mix.impressions {
        records.append(.impression(user: user, timeMs: timeMs, eventHash: eventHash))
      } else if die < mix.repeats + mix.erasures + mix.bad + mix.impressions + mix.profiles {
        records.append(
          .profile(user: user, Self.attributes(using: &random), timeMs: timeMs, eventHash: eventHash))
      } else {
        let item = Int.random(in: 0..<mix.items, using: &random)
        records.append(
          .interaction(
            user: user, item: item,
            Interaction(
              item: Self.itemID(item).withUnsafeBytes { ItemKey(utf8: $0) },
              typeCode: UInt8.random(in: 0...63, using: &random),
              signal: Signal(rawValue: UInt8.random(in: 0...2, using: &random)) ?? .neutral,
              grade: Grade(steps: UInt8.random(in: 0...255, using: &random)), timeMs: timeMs, eventHash: eventHash)))
      }
    }
    self.records = records
  }

  private static func attributes(using random: inout SeededRandom) -> [(name: String, value: AttributeValue?)] {
    (0..<Int.random(in: 0...3, using: &random)).map { _ in
      let value: AttributeValue? =
        switch Int.random(in: 0..<4, using: &random) {
        case 0: nil
        case 1: .text("v\(Int.random(in: 0..<9, using: &random))")
        case 2: .number(Double(Int.random(in: -5..<5, using: &random)) / 4)
        default: .flag(Bool.random(using: &random))
        }
      return ("a\(Int.random(in: 0..<40, using: &random))", value)
    }
  }
}
