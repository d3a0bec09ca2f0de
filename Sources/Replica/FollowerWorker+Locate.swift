import State
import Store
import Telemetry

/// Where to read on in a store that is not the one that was read before, or not as far: a replica that lagged when it was
/// promoted, an append-only file without its last second, a store that was emptied and is filled from the log again.
///
/// Batches have the same numbers as before then, and other boundaries. Offsets say what is new.
extension FollowerWorker {
  /// Finds the batch that the shard goes on with, by its part of the log.
  /// - Complexity: O(log batches) round trips of one batch each.
  /// - Returns: steps forward.
  mutating func locate(_ shard: Int32, _ newer: Newer) throws -> Int {
    let known = positions[shard, default: AppliedPosition()]
    // From the beginning: the oldest batch that there is.
    let slice = try store.applied(shard: shard, after: 0, limit: 1)
    guard let stored = slice.position, let oldest = slice.trimmedTo ?? slice.batches.first?.sequence else { return 0 }
    if known.log == 0 {
      // Nothing was read since a gap or a damaged batch: what comes from now on is new for certain.
      positions[shard] = AppliedPosition(sequence: stored.sequence)
      return 1
    }
    guard let last = try lastFamiliar(to: known, from: oldest, AppliedPosition(stored), shard) else {
      return isSameLog(known, stored) ? try bridge(shard, to: oldest, newer) : try beginAnew(shard, stored)
    }
    if isSameLog(known, stored) || last.range.log == known.log {
      if isSameLog(known, stored), last.range.log == known.log, last.range.end <= known.offset,
        last.sequence < stored.sequence
      {
        // All of it is known, and the next one begins further on: no writer of ours leaves such a hole.
        log.error("applied entries are missing", ["shard": .integer(shard), "after_batch": .integer(last.sequence)])
        positions[shard] = AppliedPosition(sequence: last.sequence)
      } else {
        // That batch is read again, for what of it is new.
        positions[shard] = AppliedPosition(sequence: last.sequence - 1, log: known.log, offset: known.offset)
      }
      return 1
    }
    return try beginAnew(shard, stored)
  }

  private func isSameLog(_ known: AppliedPosition, _ stored: ShardPosition) -> Bool {
    known.log == AppliedRange.logHash(of: stored.log)
  }

  /// The last batch of which something may be known: of the follower's log up to its offset, or of a log that is not the
  /// store's newest. Binary search: batches stand in the order of logs, and of offsets in each.
  private func lastFamiliar(
    to known: AppliedPosition, from oldest: UInt64, _ stored: AppliedPosition, _ shard: Int32
  ) throws -> (sequence: UInt64, range: AppliedRange)? {
    var found: (sequence: UInt64, range: AppliedRange)?
    var (low, high) = (oldest, stored.sequence)
    while low <= high {
      let middle = low + (high - low) / 2
      let range = try batch(middle, of: shard).flatMap(Self.range(of:))
      // A batch that is gone or damaged counts as old.
      let isFamiliar = range.map { $0.log == known.log ? $0.start <= known.offset : $0.log != stored.log } ?? true
      if isFamiliar {
        if let range { found = (middle, range) }
        low = middle + 1
      } else {
        high = middle - 1
      }
    }
    return found
  }

  /// The store holds another log, and nothing of the one that was learned: it is another store, and what was learned
  /// from that one is forgotten.
  private mutating func beginAnew(_ shard: Int32, _ stored: ShardPosition) throws -> Int {
    log.warning(
      "the item state is of another store than this one: it starts anew",
      ["shard": .integer(shard), "store": .integer(stored.sequence)])
    let empty = ItemState().snapshot()
    try empty.withUnsafeBytes { bytes in try state.restore(from: bytes) }
    positions = [:]
    gaps = [:]
    return 1
  }
}
