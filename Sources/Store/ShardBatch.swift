/// What happens to the sealed history of a user.
public enum PastWrite: Sendable, Equatable {
  case none
  case append([UInt8])
  case replace([UInt8])
}

/// A user's record as bytes; what they mean is `State`'s business.
public struct UserWrite: Sendable {
  public var id: [UInt8]
  /// The small part that every batch rewrites.
  public var hot: [UInt8]
  public var past: PastWrite
  /// The model-dependent view; nil leaves the stored one.
  public var view: [UInt8]?

  public init(id: [UInt8], hot: [UInt8], past: PastWrite = .none, view: [UInt8]? = nil) {
    self.id = id
    self.hot = hot
    self.past = past
    self.view = view
  }
}

/// Everything that a batch of one shard changes: stored as one atomic step, or not at all.
public struct ShardBatch: Sendable {
  public var shard: Int32
  /// Where the batch started; nil for a shard that has never been stored.
  public var expected: ShardPosition?
  public var next: ShardPosition
  public var users: [UserWrite] = []
  /// Users erased by the batch: their keys are removed and their mark is set, before `users` are written: an erased user
  /// who is also there has come back within the batch.
  public var erasures: [Erasure] = []
  /// The batch's applied entries; becomes entry `next.sequence` of the shard's stream, also where it is empty.
  public var applied: [UInt8] = []

  public struct Erasure: Sendable {
    public var id: [UInt8]
    /// Salted hash of the id: all that remains.
    public var mark: UInt64
    public var offset: Int64
    public init(id: [UInt8], mark: UInt64, offset: Int64) {
      self.id = id
      self.mark = mark
      self.offset = offset
    }
  }

  public init(shard: Int32, expected: ShardPosition?, next: ShardPosition) {
    self.shard = shard
    self.expected = expected
    self.next = next
  }
}

/// What became of a batch.
public enum CommitOutcome: Sendable, Equatable {
  case committed
  /// Nothing was written: the shard stands elsewhere, so another member owns it now.
  case fenced(ShardPosition?)
}

/// A user's record as stored.
public struct StoredUser: Sendable, Equatable {
  public var hot: [UInt8]
  public var past: [UInt8]
  public var view: [UInt8]

  public init(hot: [UInt8], past: [UInt8] = [], view: [UInt8] = []) {
    self.hot = hot
    self.past = past
    self.view = view
  }
}

/// Users of a shard, all as they were when it stood at `position`.
public struct LoadedUsers: Sendable {
  public var position: ShardPosition?
  /// In the order in which they were asked for.
  public var users: [StoredUser?]

  public init(position: ShardPosition?, users: [StoredUser?]) {
    self.position = position
    self.users = users
  }
}

/// Entries of a shard's `applied` stream.
public struct AppliedSlice: Sendable {
  /// Where the shard stood just before the entries were read; nil where it was never stored. A number smaller than the
  /// one asked for says that the store has gone back.
  public var position: ShardPosition?
  /// Batches with their numbers, in order, without a gap.
  public var batches: [(sequence: UInt64, bytes: [UInt8])] = []
  /// The entries directly behind the asked-for position are gone: a follower must take a newer snapshot. The number is
  /// that of the oldest batch that is left.
  public var trimmedTo: UInt64?
}
