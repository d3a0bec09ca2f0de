import Lifecycle
import State
import Store
import Telemetry

/// The follower's work, on its thread: reads the shards' applied entries and learns each of them once, also where the
/// store has gone back since (`FollowerWorker+Locate`).
struct FollowerWorker {
  let state: ItemState
  let store: any RecordStore
  let listeners: [any AppliedListener]
  var positions: [Int32: AppliedPosition]
  /// Shards of which entries were trimmed before they were read: a snapshot that stands behind them heals the gap.
  var gaps: [Int32: AppliedGap] = [:]
  /// Shards whose gap nobody could close.
  private(set) var acceptedGaps: Set<Int32> = []
  /// When a newer snapshot is looked for again.
  var nextHeal = Deadline(after: .zero)
  let configuration: ItemFollower.Configuration
  let log = Logger("items")
  /// What the listeners have heard of each shard: a snapshot that goes back behind it tells them nothing again.
  private var heard: [Int32: AppliedPosition] = [:]

  init(
    state: ItemState, store: any RecordStore, listeners: [any AppliedListener],
    positions: [Int32: AppliedPosition] = [:], _ configuration: ItemFollower.Configuration
  ) {
    self.state = state
    self.store = store
    self.listeners = listeners
    self.positions = positions
    self.configuration = configuration
  }

  /// Answers with the positions of a newer snapshot that closes a gap of a shard, restored by then; nil where there is
  /// none yet: the gap stays until there is.
  typealias Newer = (Int32, AppliedGap) throws -> [Int32: AppliedPosition]?

  /// One round over all shards.
  /// - Returns: batches learned, and other steps forward: 0 where there was nothing to do.
  mutating func learn(newer: Newer) throws -> Int {
    var learned = 0
    for shard in 0..<configuration.shards { learned += try learn(shard, newer) }
    return learned
  }

  private mutating func learn(_ shard: Int32, _ newer: Newer) throws -> Int {
    let position = positions[shard, default: AppliedPosition()]
    let slice = try store.applied(shard: shard, after: position.sequence, limit: configuration.batches)
    if let stored = slice.position, stored.sequence < position.sequence {
      log.warning(
        "the store has gone back; what comes again is not learned again",
        ["shard": .integer(shard), "from": .integer(position.sequence), "to": .integer(stored.sequence)])
      return try locate(shard, newer)
    }
    if let oldest = slice.trimmedTo { return try bridge(shard, to: oldest, newer) }
    var learned = 0
    for batch in slice.batches {
      guard take(batch, of: shard) else { return learned + (try locate(shard, newer)) }
      learned += 1
    }
    return learned
  }

  /// Goes on from a snapshot that was restored.
  mutating func resume(at positions: [Int32: AppliedPosition]) {
    self.positions = positions
    acceptedGaps = []
    gaps = gaps.filter { !$0.value.isClosed(by: positions[$0.key, default: AppliedPosition()]) }
  }

  /// What is missing stays missing.
  mutating func acceptGaps() {
    acceptedGaps.formUnion(gaps.keys)
    gaps = [:]
  }

  /// The entries behind a shard's position are gone: whoever has learned them already, from a store that has gone back,
  /// goes on; else a newer snapshot must close the gap.
  mutating func bridge(_ shard: Int32, to oldest: UInt64, _ newer: Newer) throws -> Int {
    guard let batch = try self.batch(oldest, of: shard) else { return 1 }  // trimmed meanwhile: the next round sees it
    let gap = AppliedGap(sequence: oldest, range: Self.range(of: batch))
    if gap.isClosed(by: positions[shard, default: AppliedPosition()]) {
      positions[shard, default: AppliedPosition()].sequence = oldest - 1
    } else if let positions = try newer(shard, gap) {
      resume(at: positions)
    } else {
      log.error(
        "applied entries were trimmed before they were read; counters are too small until a snapshot covers them",
        ["shard": .integer(shard), "before_batch": .integer(oldest)])
      positions[shard] = AppliedPosition(sequence: oldest - 1)
      gaps[shard] = gap
    }
    return 1
  }

  /// The batch of that number; nil where it is gone.
  func batch(_ sequence: UInt64, of shard: Int32) throws -> [UInt8]? {
    try store.applied(shard: shard, after: sequence - 1, limit: 1).batches.first?.bytes
  }

  static func range(of batch: [UInt8]) -> AppliedRange? {
    batch.withUnsafeBytes { bytes in try? AppliedCodec.range(of: bytes) }
  }

  // MARK: one batch

  /// - Returns: false where something is missing before the batch: then nothing is changed.
  private mutating func take(_ batch: (sequence: UInt64, bytes: [UInt8]), of shard: Int32) -> Bool {
    guard let range = Self.range(of: batch.bytes) else {
      report("not a batch of this version", batch.sequence, shard)
      positions[shard] = AppliedPosition(sequence: batch.sequence)
      return true
    }
    switch positions[shard, default: AppliedPosition()].step(to: range) {
    case .hole: return false
    case .pass: positions[shard, default: AppliedPosition()].sequence = batch.sequence
    case .learn(let offset):
      let last = heard[shard, default: AppliedPosition()]
      let new = last.log == range.log ? last.offset : range.start
      do throws(CorruptBytes) { try learn(batch.bytes, from: offset, telling: new) } catch {
        report("\(error)", batch.sequence, shard)
      }
      let position = AppliedPosition(sequence: batch.sequence, log: range.log, offset: range.end)
      positions[shard] = position
      if range.end > new || last.log != range.log { heard[shard] = position }
    }
    return true
  }

  /// Passed over: what is behind it must not wait for bytes that will not heal. What it held is missing, as if it had
  /// been trimmed unread.
  private mutating func report(_ reason: String, _ sequence: UInt64, _ shard: Int32) {
    log.error(
      "applied entries are damaged and were passed over; counters are too small until a snapshot covers them",
      ["shard": .integer(shard), "batch": .integer(sequence), "reason": "\(reason)"])
    gaps[shard] = AppliedGap(sequence: sequence + 1, range: nil)
  }

  /// - Parameters:
  ///   - offset: entries before it were learned.
  ///   - new: entries before it were heard by the listeners.
  private func learn(_ batch: [UInt8], from offset: Int64, telling new: Int64) throws(CorruptBytes) {
    let outcome = batch.withUnsafeBytes { bytes -> Result<Void, CorruptBytes> in
      do throws(CorruptBytes) {
        return .success(
          try AppliedCodec.forEach(in: bytes) { view in
            if view.offset >= offset { learn(view, isNew: view.offset >= new) }
          })
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  private func learn(_ view: AppliedView, isNew: Bool) {
    let listeners = isNew ? listeners : []
    if view.entry.kind == .erasure {
      for listener in listeners { listener.erased(userHash: view.entry.userHash) }
    } else if let item = state.learn(view.entry, id: view.itemID) {
      for listener in listeners { listener.learned(view.entry, item: item) }
    }
  }
}
