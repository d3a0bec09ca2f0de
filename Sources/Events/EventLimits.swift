import Identity

/// Bounds of what an event or an item may carry.
public enum EventLimits {
  /// A thousand shown items with ids of 60 bytes fit; a larger payload is a document in the wrong topic.
  public static let payloadBytes = 64 << 10
  /// The event itself is depth 1.
  public static let depth = 8
  /// Unknown keys in one object: they are compared with each other, which costs their square.
  public static let keys = 64
  /// As `EntityID.maximumBytes`; also for `event_id`, `session` and `model_version`.
  public static let idBytes = EntityID.maximumBytes
  /// Items of one impression: no page shows more.
  public static let shownItems = 1_000
  /// A place on a page or in an endless list; places count from 1.
  public static let position = 65_535
  /// Members of `context` and of `attributes`, and bytes of a member's name. The user's record keeps as many attributes.
  public static let members = 32
  public static let nameBytes = 64
  /// Bytes of an attribute's text: it is stored with the user and read with every request.
  public static let attributeBytes = 64
  /// Bytes of a text in `context`, which is not stored: long enough for most page addresses.
  public static let contextBytes = 256
  /// Numbers below this are seconds (the year 5138), numbers from here on are milliseconds (March 1973).
  public static let firstMilliseconds: Int64 = 100_000_000_000

  public static let titleBytes = 1_024
  public static let genres = 32
  public static let tags = 128
  /// Bytes of one genre or tag.
  public static let labelBytes = 128
  public static let years: ClosedRange<Int64> = 1...9_999
}
