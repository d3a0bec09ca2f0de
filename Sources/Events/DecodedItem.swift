import Identity

/// What a record of the topic `items` says. It owns its texts: items are few beside events.
public struct DecodedItem: Sendable, Equatable {
  public var id: EntityID
  public var title: String?
  /// Genres or categories, in order.
  public var genres: [String] = []
  public var year: Int?
  public var tags: [String] = []
  /// Not negative.
  public var price: Double?
  public var isAvailable = true

  public init(id: EntityID) { self.id = id }
}
