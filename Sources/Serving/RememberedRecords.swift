import Identity
import Lifecycle
import Store

/// The records that were read last, to answer with while the store is away. Any thread.
final class RememberedRecords: Sendable {
  private struct Entry: Sendable {
    let stored: StoredUser
    let readAt: UInt64
  }

  /// Beside the record's bytes: key, list node, dictionary slot, three arrays.
  private static let overhead = 300

  private let map: SharedRecentMap<String, Entry>
  private let lifetime: UInt64

  init(_ configuration: ServingConfiguration) {
    // The bytes are the bound; no record is smaller than its overhead.
    map = SharedRecentMap(
      countLimit: configuration.rememberedBytes / Self.overhead, costLimit: configuration.rememberedBytes)
    lifetime = UInt64(max(0, configuration.rememberedLifetime.wholeNanoseconds))
  }

  var count: Int { map.count }

  /// - Parameter now: monotonic nanoseconds.
  func record(of user: EntityID, now: UInt64) -> StoredUser? {
    guard let entry = map.use(user.text, userHash: user.hash64), now &- entry.readAt < lifetime else { return nil }
    return entry.stored
  }

  func remember(_ stored: StoredUser, of user: EntityID, now: UInt64) {
    let cost = stored.hot.count + stored.past.count + stored.view.count + Self.overhead
    map.set(user.text, Entry(stored: stored, readAt: now), cost: cost, userHash: user.hash64)
  }

  func forget(_ user: EntityID) { map.remove(user.text, userHash: user.hash64) }
}
