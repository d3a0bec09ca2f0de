/// A text with places that each request fills anew.
struct BodyTemplate {
  private enum Piece {
    case text(String)
    case random(UInt64)
    case count
  }

  private var pieces: [Piece] = []
  var isEmpty: Bool { pieces.isEmpty }

  /// `{random:N}` and `{count}` are places; any other brace is text, as JSON has many.
  init(_ text: String) {
    var rest = Substring(text)
    var plain = ""
    while let brace = rest.firstIndex(of: "{") {
      plain += rest[..<brace]
      rest = rest[brace...]
      if let end = rest.firstIndex(of: "}"), let place = Self.place(rest[rest.index(after: brace)..<end]) {
        if !plain.isEmpty { pieces.append(.text(plain)) }
        plain = ""
        pieces.append(place)
        rest = rest[rest.index(after: end)...]
      } else {
        plain += "{"
        rest = rest.dropFirst()
      }
    }
    plain += rest
    if !plain.isEmpty { pieces.append(.text(plain)) }
  }

  private static func place(_ name: Substring) -> Piece? {
    if name == "count" { return .count }
    guard name.hasPrefix("random:"), let limit = UInt64(name.dropFirst("random:".count)), limit > 0 else { return nil }
    return .random(limit)
  }

  func render(count: Int, random: inout some RandomNumberGenerator) -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let plain): text += plain
      case .random(let limit): text += String(random.next(upperBound: limit) + 1)
      case .count: text += String(count)
      }
    }
    return text
  }
}

/// splitmix64: the same requests in each run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
