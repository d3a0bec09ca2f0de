import Identity

/// The configured event types: each has a code and a weight, which says how much it speaks for (or against) an item.
///
/// Codes stand in stored histories: those of the types that Freshet knows by itself never change, and further ones follow
/// in the order of their names, so that every process with the same configuration has the same codes. Immutable; any thread.
public struct EventTypes: Sendable {
  /// Codes are stored in six bits.
  public static let maximumCount = 64
  /// The type whose `value` is required and whose weight is its value's.
  public static let ratingName = "rating"
  /// Names of the other kinds of event, which no type may take.
  public static let kindNames: [(name: String, kind: DecodedEvent.Kind)] = [
    ("impression", .impression), ("profile", .profile), ("erase", .erase),
  ]

  /// The types that Freshet knows by itself, in the order of their codes. New ones go to the end.
  static let standardNames = ["rating", "view", "click", "purchase", "like", "dislike", "add_to_cart", "skip"]

  /// A type's code is its place here.
  public let names: [String]
  /// By code, -1...1.
  public let weights: [Double]
  /// Code of `rating`; nil where it is not configured.
  public let ratingCode: UInt8?
  private let lookup: NameTable

  /// - Throws: where there is no type, more than `maximumCount`, a weight outside -1...1, or a name that is empty,
  ///   longer than `EventLimits.nameBytes` or taken by another kind of event. The message names the setting.
  public init(weights: [String: Double]) throws(EventTypesError) {
    func fail(_ message: String) -> EventTypesError { EventTypesError(description: "events.weights: \(message)") }
    guard (1...Self.maximumCount).contains(weights.count) else {
      throw fail("\(weights.count) event types, there must be 1 to \(Self.maximumCount)")
    }
    for (name, weight) in weights {
      guard (1...EventLimits.nameBytes).contains(name.utf8.count) else {
        throw fail("\"\(name.prefix(EventLimits.nameBytes))\" must have 1 to \(EventLimits.nameBytes) bytes")
      }
      guard (-1...1).contains(weight) else { throw fail("\(name) = \(weight), it must lie in -1...1") }
      guard !Self.kindNames.contains(where: { $0.name == name }) else {
        throw fail("\(name) is a kind of event of its own: remove it")
      }
    }
    names =
      Self.standardNames.filter { weights[$0] != nil }
      + weights.keys.filter { !Self.standardNames.contains($0) }.sorted()
    self.weights = names.map { weights[$0] ?? 0 }
    ratingCode = names.firstIndex(of: Self.ratingName).map { UInt8($0) }
    lookup = NameTable(names + Self.kindNames.map(\.name))
  }

  public var count: Int { names.count }

  /// - Precondition: `code` < `count`.
  public func weight(of code: UInt8) -> Double { weights[Int(code)] }
  public func name(of code: UInt8) -> String { names[Int(code)] }
  public func isRating(_ code: UInt8) -> Bool { code == ratingCode }

  public func code(of name: String) -> UInt8? {
    var copy = name
    return copy.withUTF8 { lookup.find(UnsafeRawBufferPointer($0)) }.flatMap { $0 < names.count ? UInt8($0) : nil }
  }

  /// What a `type` field names: the kind, and the code of an interaction's type (0 for the other kinds).
  @inline(__always) func meaning(of name: ByteView) -> (kind: DecodedEvent.Kind, code: UInt8)? {
    guard let place = lookup.find(name.bytes) else { return nil }
    if place < names.count { return (.interaction, UInt8(truncatingIfNeeded: place)) }
    return (Self.kindNames[place - names.count].kind, 0)
  }

  /// All that may stand in a `type` field, for suggestions.
  var allNames: [String] { names + Self.kindNames.map(\.name) }
}

/// What is wrong with the configured event types.
public struct EventTypesError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String
}

/// By which rules events are judged. Immutable; any thread.
public struct EventRules: Sendable {
  public var types: EventTypes
  /// A rating speaks for its item from here on.
  public var positiveRating: Double
  /// How far an event's own time may lie ahead of the broker's.
  public var futureToleranceMs: Int64

  public init(types: EventTypes, positiveRating: Double = 4, futureToleranceMs: Int64 = 3_600_000) {
    self.types = types
    self.positiveRating = positiveRating
    self.futureToleranceMs = futureToleranceMs
  }
}
