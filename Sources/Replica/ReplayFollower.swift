import Artefacts
import State
import Store

/// The item state of a log that is replayed: learns each batch before the next one is written, so that nothing is trimmed
/// unread however long the log is, and leaves a snapshot for every process that comes after. One thread, the replay's.
public final class ReplayFollower {
  public let state = ItemState()
  private let artefacts: ArtefactStore
  private var worker: FollowerWorker

  /// - Parameter store: what the replay fills; empty as yet.
  public init(shards: Int32, store: any RecordStore, artefacts: ArtefactStore) {
    self.artefacts = artefacts
    worker = FollowerWorker(
      state: state, store: store, listeners: [], ItemFollower.Configuration(shards: shards))
  }

  /// Learns everything that is stored.
  /// - Throws: `StoreError`; `ReplayGapError` where a stream was trimmed before: it was called too seldom.
  public func follow() throws {
    while try worker.learn(newer: { _, _ in nil }) > 0 {}
    if let (shard, gap) = worker.gaps.first { throw ReplayGapError(shard: shard, oldest: gap.sequence) }
  }

  /// Writes the snapshot that every process begins with from now on.
  public func publish(createdMs: Int64) throws(ArtefactError) {
    try ItemSnapshot.publish(state, positions: worker.positions, to: artefacts, createdMs: createdMs)
  }
}

/// Entries were gone before they were learned.
public struct ReplayGapError: Error, CustomStringConvertible {
  let shard: Int32
  let oldest: UInt64
  public var description: String {
    "shard \(shard): applied entries before batch \(oldest) were trimmed before they were read; empty the store and "
      + "replay again"
  }
}
