/// What an event says, as views into its payload and into the decoder's scratch.
///
/// Valid until the decoder's next call or until the payload goes, whichever is first. It owns nothing.
public struct DecodedEvent {
  public enum Kind: UInt8, Sendable, CaseIterable {
    case interaction, impression, profile, erase
  }

  public internal(set) var kind = Kind.interaction
  public internal(set) var user = IDView.empty
  /// Of an interaction; empty for the other kinds.
  public internal(set) var item = IDView.empty
  /// Of an interaction: the type's code in `EventTypes`.
  public internal(set) var typeCode: UInt8 = 0
  /// Finite. Always there for ratings.
  public internal(set) var value: Double?
  public internal(set) var eventID: ByteView?
  /// Milliseconds since 1970: the event's own time, or the broker's where it has none.
  public internal(set) var timeMs: Int64 = 0
  public internal(set) var hasOwnTime = false
  public internal(set) var session: ByteView?
  /// The version of the model behind an impression, or behind the list in which an interaction took place.
  public internal(set) var modelVersion: ByteView?
  /// What an impression showed, in the order of its `items`.
  public internal(set) var shown = UnsafeBufferPointer<ShownItem>(start: nil, count: 0)
  /// Members of `context`, in order; their names are distinct.
  public internal(set) var context = UnsafeBufferPointer<AttributeView>(start: nil, count: 0)
  /// What a profile event sets; their names are distinct.
  public internal(set) var attributes = UnsafeBufferPointer<AttributeView>(start: nil, count: 0)
}

/// One item of an impression.
public struct ShownItem {
  public internal(set) var item: IDView
  /// Place from 1, the top, to `EventLimits.position`.
  public internal(set) var position: UInt16
}

/// One member of a flat map.
public struct AttributeView {
  public enum Value {
    case text(ByteView)
    case number(Double)
    case flag(Bool)
    /// In a profile: removes the attribute.
    case null
  }

  public let nameView: ByteView
  public let value: Value

  public var name: String { nameView.text }
}
