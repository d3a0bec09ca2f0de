/// Where records live. Knows bytes, shards and positions; nothing of what a record contains.
///
/// An instance belongs to one thread. Every function either does all of its work or throws `StoreError`, and never
/// waits longer than the configured time-outs.
public protocol RecordStore: AnyObject {
  /// Where the shard stands; nil when nothing was ever stored.
  func position(of shard: Int32) throws(StoreError) -> ShardPosition?

  /// Stores a batch in one atomic step, unless the shard no longer stands at `batch.expected`.
  ///
  /// After an error it is unknown whether the batch was stored; committing the same batch again is right in either case:
  /// a shard that stands at `batch.next` already answers `.committed`.
  func commit(_ batch: ShardBatch) throws(StoreError) -> CommitOutcome

  /// Reads users of one shard in one round trip, in the order of `ids`.
  func read(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> [StoredUser?]

  /// The same together with where the shard stood at that moment: for an owner, whose records must be those of the
  /// position that its next batch starts from.
  func load(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> LoadedUsers

  /// Batches of the shard's `applied` stream after number `sequence`, at most `limit`.
  func applied(shard: Int32, after sequence: UInt64, limit: Int) throws(StoreError) -> AppliedSlice

  /// Offset of each user's erasure, by its mark, in one round trip; nil for a user who was never erased.
  func erasures(shard: Int32, marks: [UInt64]) throws(StoreError) -> [Int64?]

  /// Writes small values under names of the caller's (item features, pointers). Not atomic.
  func put(_ values: [(name: String, bytes: [UInt8])]) throws(StoreError)

  func get(_ name: String) throws(StoreError) -> [UInt8]?

  /// Writes a named value where there is none, and returns what is there now: of several who try, all get the same.
  func putIfAbsent(_ name: String, _ bytes: [UInt8]) throws(StoreError) -> [UInt8]

  /// Calls `body` with the id and the record of every user of a shard, in no order. For digests and exports.
  func forEachUser(shard: Int32, _ body: ([UInt8], StoredUser) -> Void) throws(StoreError)
}

extension RecordStore {
  /// One user.
  public func read(shard: Int32, id: [UInt8]) throws(StoreError) -> StoredUser? {
    try read(shard: shard, ids: [id])[0]
  }

  /// One user's erasure.
  public func erasure(shard: Int32, mark: UInt64) throws(StoreError) -> Int64? {
    try erasures(shard: shard, marks: [mark])[0]
  }
}

/// Makes a store for the calling thread.
public typealias StoreFactory = @Sendable () throws(StoreError) -> any RecordStore
