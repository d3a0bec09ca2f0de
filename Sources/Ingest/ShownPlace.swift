import Events
import Identity

/// An item that an impression showed, and where.
public struct ShownPlace: Sendable, Equatable {
  public var item: ItemKey
  /// From 1, the top.
  public var position: UInt16

  public init(item: ItemKey, position: UInt16) {
    self.item = item
    self.position = position
  }

  /// Of an impression that was just decoded.
  static func places(_ event: DecodedEvent) -> [ShownPlace] {
    event.shown.map { ShownPlace(item: ItemKey(rawValue: $0.item.hash64), position: $0.position) }
  }
}
