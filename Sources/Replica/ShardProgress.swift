import Lifecycle

/// How far each shard's state has come, as members of this process report it: wakes those who follow or wait, so that in
/// one process nobody polls for what a neighbour has just stored. Any thread.
public final class ShardProgress: Sendable {
  struct State: Sendable {
    var nextOffsets: [Int32: Int64] = [:]
    var changes: UInt64 = 0
  }

  private let state = Condition(State())

  public init() {}

  /// A batch of the shard was stored.
  public func advanced(shard: Int32, nextOffset: Int64) {
    state.update { state in
      state.nextOffsets[shard] = nextOffset
      state.changes &+= 1
    }
  }

  /// The shard's next offset as last reported by this process; nil where nobody here owns it.
  public func nextOffset(of shard: Int32) -> Int64? { state.update { $0.nextOffsets[shard] } }

  /// Waits for a change after the one numbered `seen`.
  /// - Returns: the number of the newest change.
  public func wait(after seen: UInt64, atMost limit: Duration) -> UInt64 {
    state.wait(atMost: limit) { $0.changes != seen ? $0.changes : nil } ?? seen
  }
}
