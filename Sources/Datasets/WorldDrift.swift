/// A change of the simulated world at a known moment.
public struct WorldDrift: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Most users' tastes move on to other genres.
    case tasteRotation = "taste rotation"
    /// One genre is all over the place, and stays so.
    case trend
    /// A tenth of the catalogue appears at once, unknown to everybody.
    case coldLaunch = "cold launch"
    /// For the drift's length, other genres are in season.
    case season
    /// For the drift's length, one event in five comes from automata that hammer a few items.
    case bots
  }

  public var kind: Kind
  /// Where it begins and ends, as shares of the world's events. Rotation, trend and launch do not end.
  public var span: Range<Double>

  public init(_ kind: Kind, _ span: Range<Double>) {
    self.kind = kind
    self.span = span
  }

  /// One of each kind, far enough apart to see each one's recovery.
  public static let standard: [WorldDrift] = [
    WorldDrift(.tasteRotation, 0.40..<1), WorldDrift(.trend, 0.52..<1), WorldDrift(.coldLaunch, 0.64..<1),
    WorldDrift(.season, 0.76..<0.86), WorldDrift(.bots, 0.90..<0.97),
  ]
}

/// An item of the simulated world as its catalogue describes it.
public struct WorldItem: Sendable, Equatable {
  /// Position in the world, from 0.
  public let number: Int
  public let title: String
  /// The main genre first.
  public let genres: [String]
  public let year: Int
  public let price: Double
  /// Before it nobody meets the item.
  public let launchMs: Int64
}

/// One interaction of the simulated world.
public struct WorldEvent: Sendable, Equatable {
  public let user: Int
  public let item: Int
  /// An event type of the default configuration: rating, purchase, like, click, view or skip.
  public let type: String
  /// Stars of a rating, price of a purchase; nil for the others.
  public let value: Double?
  public let timeMs: Int64
  /// How much the user liked it, in half stars from 0.5 to 5: what a rating would say.
  public let stars: Float
  public let isBot: Bool
}

/// What the world yields, in the order of time.
public enum WorldElement: Sendable, Equatable {
  case item(WorldItem)
  case event(WorldEvent)
}
