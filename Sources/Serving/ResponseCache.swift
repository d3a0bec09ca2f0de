import Identity
import Lifecycle
import Recommender
import Synchronization

/// Everything that shapes an answer but the user's record, which validates it.
struct AnswerKey: Hashable, Sendable {
  let user: String
  let form: IDForm
  let count: Int
  let includesSeen: Bool
  /// Sorted.
  let excluded: [UInt64]
  let filter: ItemFilter
  /// Number of the bundle among those that this process has served.
  let bundle: UInt64
  let catalogueRevision: UInt64
}

/// An answer without what is new each time: latency and the age of the user's last event.
struct AnswerParts: Sendable {
  /// JSON array.
  var recommendations: [UInt8]
  /// JSON members of `provenance`, from `ranker` to `sources`.
  var provenance: [UInt8]
  var candidateCount: Int
  var lastEventMs: Int64?
  var eventCount: UInt64
  var degraded: AnswerReason?
}

/// Answers that were given, for as long as they are still right.
///
/// An answer is used only where the stored record has the bytes that it was made of: it is never staler than the state,
/// and the user's next event ends it without anybody telling the cache. Any thread.
final class ResponseCache: Sendable {
  private struct Entry: Sendable {
    let recordHash: UInt64
    let madeAt: UInt64
    let parts: AnswerParts
  }

  /// What an entry costs beside its texts: key, list node, dictionary slot.
  private static let overhead = 400

  private let map: SharedRecentMap<AnswerKey, Entry>
  private let lifetime: UInt64
  let isEnabled: Bool

  init(_ configuration: ServingConfiguration) {
    lifetime = UInt64(max(0, configuration.cacheLifetime.wholeNanoseconds))
    isEnabled = lifetime > 0 && configuration.cacheEntries > 0 && configuration.cacheBytes > 0
    map = SharedRecentMap(countLimit: configuration.cacheEntries, costLimit: configuration.cacheBytes)
  }

  var count: Int { map.count }

  /// - Parameters:
  ///   - recordHash: of the record as the store has it now.
  ///   - now: monotonic nanoseconds.
  func find(_ key: AnswerKey, userHash: UInt64, recordHash: UInt64, now: UInt64) -> AnswerParts? {
    guard let entry = map.use(key, userHash: userHash), entry.recordHash == recordHash,
      now &- entry.madeAt < lifetime
    else { return nil }
    return entry.parts
  }

  func insert(_ key: AnswerKey, userHash: UInt64, recordHash: UInt64, now: UInt64, _ parts: AnswerParts) {
    let cost = parts.recommendations.count + parts.provenance.count + 8 * key.excluded.count + Self.overhead
    map.set(key, Entry(recordHash: recordHash, madeAt: now, parts: parts), cost: cost, userHash: userHash)
  }

  /// Drops everything of one user.
  func forget(user: String, userHash: UInt64) { map.removeAll(userHash: userHash) { $0.user == user } }
}

/// Numbers the bundles in the order in which requests met them. An address would not do as a name: a new bundle may lie
/// where an old one lay.
final class BundleNumbers: Sendable {
  private let latest: Mutex<(bundle: Bundle, number: UInt64)>

  init(_ bundle: Bundle) { latest = Mutex((bundle, 0)) }

  /// A bundle that comes back after another one gets a new number: its cached answers are lost, never mixed up.
  func number(of bundle: Bundle) -> UInt64 {
    latest.withLock { latest in
      if latest.bundle !== bundle { latest = (bundle, latest.number + 1) }
      return latest.number
    }
  }
}
