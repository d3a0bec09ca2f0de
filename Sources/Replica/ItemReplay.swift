import Artefacts
import Lifecycle
import State
import Store

/// The item state of a replay, which learns each batch as soon as it is stored: the streams of applied entries keep only
/// the newest, and a replay writes more of them than they hold. One thread, the replay's own.
public final class ItemReplay {
  private let state = ItemState()
  private var worker: FollowerWorker

  /// - Parameter store: that the replay writes to, empty.
  public init(_ store: any RecordStore, shards: Int32) {
    worker = FollowerWorker(
      state: state, store: store, listeners: [], sequences: [:], ItemFollower.Configuration(shards: shards))
  }

  /// Learns what has been stored since the last call.
  /// - Throws: `StoreError`; `ItemReplayError` where a stream was trimmed before: it was called too seldom.
  public func learn() throws {
    while try worker.learn(newer: { _, _ in nil }) > 0 {}
    if let (shard, oldest) = worker.gaps.first { throw ItemReplayError(shard: shard, oldest: oldest) }
  }

  /// Writes the snapshot that every process begins with.
  public func publish(to artefacts: ArtefactStore, createdMs: Int64) throws(ArtefactError) {
    try ItemSnapshot.publish(state, sequences: worker.sequences, to: artefacts, createdMs: createdMs)
  }
}

/// Entries were gone before they were learned.
public struct ItemReplayError: Error, CustomStringConvertible {
  let shard: Int32
  let oldest: UInt64
  public var description: String {
    "shard \(shard): applied entries before batch \(oldest) were trimmed before they were read; empty the store and "
      + "replay again"
  }
}
