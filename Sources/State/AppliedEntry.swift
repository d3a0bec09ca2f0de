import Identity

/// A neighbour of an event in its user's history: what co-visitation learns from.
public struct Neighbour: Sendable, Equatable {
  public var item: ItemKey
  /// Places apart, 1...`AppliedEntry.window`.
  public var distance: UInt8
  /// Whether the neighbour stands before the event; only an event of the same millisecond can stand behind it.
  public var isBefore: Bool
  public var signal: Signal
  public var gapMs: Int64

  public init(item: ItemKey, distance: UInt8, isBefore: Bool, signal: Signal, gapMs: Int64) {
    self.item = item
    self.distance = distance
    self.isBefore = isBefore
    self.signal = signal
    self.gapMs = gapMs
  }
}

/// What one applied event contributes to the item state: self-contained, about 150 bytes, in the user's order.
public struct AppliedEntry: Sendable {
  public enum Kind: UInt8, Sendable {
    case interaction = 0
    /// The user was erased: windows and samples that hold the user's events must drop them.
    case erasure = 1
  }

  /// How many places before and behind the event are neighbours. learning.md: 8 costs .001 to .003 of NDCG, 5 .002 to .005.
  public static let window = 12

  public var kind: Kind = .interaction
  public var interaction: Interaction
  /// XXH3 of the user's id: tells users apart without naming them.
  public var userHash: UInt64
  /// The user's interactions before this one, and the place in the running session.
  public var stage: UInt32
  public var sessionPlace: UInt16
  /// The user's profile before this event.
  public var profile = ProfileCodes()
  /// Nearest first: those before the event, then those behind it.
  public var neighbours: [Neighbour] = []

  public init(interaction: Interaction, userHash: UInt64, stage: UInt32 = 0, sessionPlace: UInt16 = 0) {
    self.interaction = interaction
    self.userHash = userHash
    self.stage = stage
    self.sessionPlace = sessionPlace
  }

  /// An entry whose memory is used again and again by one thread.
  public static func reusable() -> AppliedEntry {
    var entry = AppliedEntry(
      interaction: Interaction(
        item: ItemKey(rawValue: 0), typeCode: 0, signal: .neutral, grade: Grade(steps: 0), timeMs: 0), userHash: 0)
    entry.neighbours.reserveCapacity(2 * window)
    return entry
  }
}
