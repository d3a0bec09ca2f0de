import Events
import State

extension ShardWriter {
  /// Takes an event of any kind, as it was decoded.
  /// - Parameter eventHash: 0 for an event without an id.
  /// - Returns: false where another user's id has the same 64-bit hash: the event is not taken.
  func add(_ event: DecodedEvent, _ meaning: EventMeaning, eventHash: UInt64, offset: Int64) -> Bool {
    let user = event.user.bytes
    let hash = event.user.hash64
    switch event.kind {
    case .interaction:
      return interaction(
        user: user, userHash: hash, meaning.interaction(event, eventHash: eventHash), item: event.item.bytes,
        itemForm: event.item.form, offset: offset)
    case .impression:
      return impression(
        user: user, userHash: hash, shown: ShownPlace.places(event), timeMs: event.timeMs, eventHash: eventHash,
        offset: offset)
    case .profile:
      return profile(
        user: user, userHash: hash, attributes: event.attributes.map { ($0.name, AttributeValue($0)) },
        timeMs: event.timeMs, eventHash: eventHash, offset: offset)
    case .erase:
      return erase(user: user, userHash: hash, timeMs: event.timeMs, offset: offset)
    }
  }
}
