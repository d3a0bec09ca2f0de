import Lifecycle
import Synchronization

/// How far each shard's state has come, as members of this process report it: wakes those who follow or wait, so that in
/// one process nobody polls for what a neighbour has just stored. Any thread.
public final class ShardProgress: Sendable {
  struct State: Sendable {
    var nextOffsets: [Int32: Int64] = [:]
    var changes: UInt64 = 0
    var lags: [Int32: Int64] = [:]
  }

  private let state = Condition(State())
  private let learned = Mutex<[Int32: UInt64]>([:])

  public init() {}

  /// A batch of the shard was stored.
  public func advanced(shard: Int32, nextOffset: Int64) {
    state.update { state in
      state.nextOffsets[shard] = nextOffset
      state.changes &+= 1
    }
  }

  /// Wakes those who wait, though nothing has changed.
  public func wake() { state.update { $0.changes &+= 1 } }

  /// Another member has the shard now.
  public func released(shard: Int32) {
    state.update { state in
      state.nextOffsets[shard] = nil
      state.lags[shard] = nil
    }
  }

  /// Up to which batch of each shard this process's follower has learned. Nobody is woken: members look before they store.
  public func learned(_ sequences: [Int32: UInt64]) { learned.withLock { $0 = sequences } }

  /// Number of the last batch of the shard that this process has learned; nil before it has looked.
  public func learnedSequence(of shard: Int32) -> UInt64? { learned.withLock { $0[shard] } }

  /// Records behind which the shards of a member lie.
  public func lagged(_ lags: [(partition: Int32, records: Int64)]) {
    state.update { state in for lag in lags { state.lags[lag.partition] = lag.records } }
  }

  /// The lag of every shard that this process owns.
  public var lags: [(partition: Int32, records: Int64)] {
    state.update { state in state.lags.sorted { $0.key < $1.key }.map { (partition: $0.key, records: $0.value) } }
  }

  /// The shard's next offset as last reported by this process; nil where nobody here owns it.
  public func nextOffset(of shard: Int32) -> Int64? { state.update { $0.nextOffsets[shard] } }

  /// Waits for a change after the one numbered `seen`.
  /// - Returns: the number of the newest change.
  public func wait(after seen: UInt64, atMost limit: Duration) -> UInt64 {
    state.wait(atMost: limit) { $0.changes != seen ? $0.changes : nil } ?? seen
  }
}
