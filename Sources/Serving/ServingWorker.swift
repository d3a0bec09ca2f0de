import HTTP
import Identity
import JSON
import Recommender
import State
import Store
import Towers

/// What a worker thread owns: its store connection, its scratch memory, its writers.
public struct ServingWorker {
  let api: ServingAPI
  let instruments: RecommendInstruments
  private var store: (any RecordStore)?
  private var scratch: RecommendScratch
  var writer = JSONWriter(reserving: 32 << 10)
  var partWriter = JSONWriter(reserving: 32 << 10)

  init(_ api: ServingAPI) {
    self.api = api
    instruments = RecommendInstruments(api.metrics)
    scratch = RecommendScratch(bundle: api.replica.bundle)
  }

  /// Scratch memory for the bundle: made anew only where the number of features changed.
  mutating func scratch(for bundle: Bundle) -> RecommendScratch {
    if scratch.featureCount != bundle.registry.count { scratch = RecommendScratch(bundle: bundle) }
    return scratch
  }

  /// Reads a user's record: from the store, or what is remembered of it while the store is away.
  mutating func lookUp(_ user: EntityID) -> UserLookup {
    let now = api.clock.monotonicNanoseconds
    guard api.storeGate.admit(now: now) else { return recall(user, now: now) }
    do throws(StoreError) {
      let shard = Partitioner.partition(of: user, partitions: api.replica.shardCount)
      let stored = try connectedStore().read(shard: shard, id: Array(user.text.utf8))
      if api.storeGate.succeeded() { api.log.notice("the store answers again") }
      guard let stored else {
        api.remembered.forget(user)
        return UserLookup()
      }
      api.remembered.remember(stored, of: user, now: now)
      return decode(stored, of: user, failure: nil)
    } catch {
      instruments.storeErrors.add()
      if api.storeGate.failed(now: api.clock.monotonicNanoseconds) {
        api.log.warning("the store does not answer; serving from memory", ["error": "\(error)"])
      }
      return recall(user, now: now)
    }
  }

  private func recall(_ user: EntityID, now: UInt64) -> UserLookup {
    guard let stored = api.remembered.record(of: user, now: now) else { return UserLookup(failure: .storeUnavailable) }
    return decode(stored, of: user, failure: .storeUnavailable)
  }

  private mutating func connectedStore() throws(StoreError) -> any RecordStore {
    if let store { return store }
    let made = try api.makeStore()
    store = made
    return made
  }

  private func decode(_ stored: StoredUser, of user: EntityID, failure: AnswerReason?) -> UserLookup {
    do {
      let record = try stored.hot.withUnsafeBytes { hot in
        try stored.past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
      }
      let view = stored.view.withUnsafeBytes { UserVectorState(bytes: $0) }
      return UserLookup(record: record, view: view, hash: UserLookup.hash(of: stored), failure: failure)
    } catch {
      api.log.error("a user's record cannot be read", ["user": "\(user)", "error": "\(error)"])
      return UserLookup(failure: .recordUnreadable)
    }
  }
}

/// A user's record as far as it could be had.
struct UserLookup {
  /// nil for a user that is not known, or not known here.
  var record: UserRecord?
  /// The user's own vector as stored; one of other towers is derived again.
  var view: UserVectorState?
  /// Of the stored bytes; 0 for a user that the store does not know.
  var hash: UInt64 = 0
  /// Why it is not what the store has now.
  var failure: AnswerReason?

  static func hash(of stored: StoredUser) -> UInt64 {
    // The hot part holds the number of events and of sealed entries: no change of the past leaves it as it was.
    Hash64.mix(Hash64.of(stored.hot)) | 1
  }
}
