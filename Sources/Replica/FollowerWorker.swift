import State
import Store
import Telemetry

/// The follower's work, on its thread: reads the shards' applied entries and learns them.
struct FollowerWorker {
  let state: ItemState
  let store: any RecordStore
  let listeners: [any AppliedListener]
  private(set) var sequences: [Int32: UInt64]
  /// Shards of which entries were trimmed before they were read, and the first batch that was still there: a snapshot
  /// that stands just before it, or later, heals the gap.
  private(set) var gaps: [Int32: UInt64] = [:]
  private let configuration: ItemFollower.Configuration
  private let log = Logger("items")
  private var isOriginChecked = false

  init(
    state: ItemState, store: any RecordStore, listeners: [any AppliedListener], sequences: [Int32: UInt64],
    _ configuration: ItemFollower.Configuration
  ) {
    self.state = state
    self.store = store
    self.listeners = listeners
    self.sequences = sequences
    self.configuration = configuration
  }

  /// A store that stands before the snapshot is another store than the one that the snapshot was made from: what was
  /// learned from that one is forgotten, once, at the start.
  mutating func checkOrigin() throws {
    if isOriginChecked { return }
    for (shard, sequence) in sequences.sorted(by: { $0.key < $1.key }) where sequence > 0 {
      let position = try store.position(of: shard)
      guard position?.sequence ?? 0 < sequence else { continue }
      log.warning(
        "the item snapshot is ahead of the store, so it belongs to another one: item state starts anew",
        ["shard": .integer(shard), "snapshot": .integer(sequence), "store": .integer(position?.sequence ?? 0)])
      let empty = ItemState().snapshot()
      try empty.withUnsafeBytes { bytes in try state.restore(from: bytes) }
      sequences = [:]
      break
    }
    isOriginChecked = true
  }

  /// One round over all shards.
  /// - Parameter newer: asked where a shard's stream was trimmed beyond its position: the positions of a newer snapshot,
  ///   which has been restored by then; nil where there is none yet: the shard has a gap until there is.
  /// - Returns: batches learned.
  mutating func learn(newer: (Int32, UInt64) throws -> [Int32: UInt64]?) throws -> Int {
    var learned = 0
    for shard in 0..<configuration.shards {
      let slice = try store.applied(
        shard: shard, after: sequences[shard, default: 0], limit: configuration.batches)
      if let oldest = slice.trimmedTo {
        if let positions = try newer(shard, oldest) {
          resume(at: positions)
        } else {
          sequences[shard] = oldest - 1
          gaps[shard] = oldest
        }
        learned += 1
        continue
      }
      for batch in slice.batches {
        do throws(CorruptBytes) { try learn(batch.bytes) } catch {
          // Passed over: what is behind it must not wait for bytes that will not heal.
          log.error(
            "applied entries are damaged and were passed over",
            ["shard": .integer(shard), "batch": .integer(batch.sequence), "reason": "\(error)"])
        }
        sequences[shard] = batch.sequence
        learned += 1
      }
    }
    return learned
  }

  /// Goes on from a snapshot that was restored.
  mutating func resume(at positions: [Int32: UInt64]) {
    sequences = positions
    gaps = gaps.filter { positions[$0.key, default: 0] + 1 < $0.value }
  }

  private func learn(_ batch: [UInt8]) throws(CorruptBytes) {
    guard !batch.isEmpty else { return }
    let outcome = batch.withUnsafeBytes { bytes -> Result<Void, CorruptBytes> in
      do throws(CorruptBytes) {
        return .success(try AppliedCodec.forEach(in: bytes) { view in take(view) })
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  private func take(_ view: AppliedView) {
    if view.entry.kind == .erasure {
      for listener in listeners { listener.erased(userHash: view.entry.userHash) }
    } else if let item = state.learn(view.entry, id: view.itemID) {
      for listener in listeners { listener.learned(view.entry, item: item) }
    }
  }
}
