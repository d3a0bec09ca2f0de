import Artefacts
import Foundation
import Identity
import Lifecycle
import State
import Store
import TestSupport
import Testing

@testable import Replica

/// A store that goes back (a replica that lagged, promoted) writes the lost batches again, with the same numbers and
/// other boundaries: followers count each event once, whatever they had read.
@Suite struct GoneBackTests {
  let base: ItemFollowerTests

  init() throws { base = try ItemFollowerTests() }

  /// A store that lies behind by `lost` batches, and its copy of the others.
  private func replica(of written: FollowedStore, shard: Int32, at sequence: UInt64) throws -> FollowedStore {
    let database = MemoryDatabase(appliedLimit: 1_000)
    let store = MemoryStore(database)
    var position: ShardPosition?
    for batch in try MemoryStore(written.database).applied(shard: shard, after: 0, limit: 10_000).batches {
      guard batch.sequence <= sequence else { break }
      let range = try batch.bytes.withUnsafeBytes { try AppliedCodec.range(of: $0) }
      let next = ShardPosition(log: "log", nextOffset: range.end, sequence: batch.sequence)
      var copy = ShardBatch(shard: shard, expected: position, next: next)
      copy.applied = batch.bytes
      _ = try store.commit(copy)
      position = next
    }
    var positions = written.positions
    positions[shard] = position
    return written.forked(into: database, at: positions)
  }

  private func learn(_ worker: inout FollowerWorker) throws {
    var rounds = 0
    while try worker.learn(newer: { _, _ in nil }) > 0 {
      rounds += 1
      guard rounds < 10_000 else {
        Issue.record("the follower does not come to an end")
        return
      }
    }
  }

  /// Every number of batches lost, and every size of the batches that come again; the follower looks in between.
  @Test func whatComesAgainInOtherBatchesIsLearnedOnce() throws {
    for (lost, size) in (0...6 as ClosedRange<UInt64>).flatMap({ lost in [1, 2, 3, 5, 8, 100].map { (lost, $0) } }) {
      for looksBetween in [false, true] {
        var written = FollowedStore(seed: 11 &+ lost)
        for _ in 0..<20 { try written.write(shard: 0, events: 3) }
        let heard = Heard()
        let state = ItemState()
        var worker = FollowerWorker(
          state: state, store: MemoryStore(written.database), listeners: [heard], .init(shards: 1))
        try learn(&worker)
        var promoted = try replica(of: written, shard: 0, at: 20 - lost)
        worker = FollowerWorker(
          state: state, store: MemoryStore(promoted.database), listeners: [heard], positions: worker.positions,
          .init(shards: 1))
        if looksBetween { try learn(&worker) }
        try promoted.catchUp(shard: 0, events: size)
        if looksBetween { try learn(&worker) }
        for _ in 0..<9 { try promoted.write(shard: 0, events: 2) }
        try learn(&worker)
        base.expectEqualCounters(state, promoted.expected)
        #expect(heard.count == 60 + 18, "\(lost) lost, batches of \(size)")
        #expect(worker.gaps.isEmpty)
      }
    }
  }

  /// Also where the follower looks again only when the new batches have passed its own number.
  @Test func aHoleThatNumbersDoNotShowIsSeenByOffsets() throws {
    var written = FollowedStore(seed: 3)
    for _ in 0..<20 { try written.write(shard: 0, events: 3) }
    let state = ItemState()
    var worker = FollowerWorker(state: state, store: MemoryStore(written.database), listeners: [], .init(shards: 1))
    try learn(&worker)
    let promoted = try replica(of: written, shard: 0, at: 12)
    for _ in 0..<30 { try written.write(shard: 0, events: 7) }
    // The same log, in larger batches: number 21 begins far behind what the follower knows.
    var later = written.forked(into: promoted.database, at: promoted.positions)
    try later.catchUp(shard: 0, events: 20)
    #expect(try #require(later.positions[0]).sequence > 20)
    worker = FollowerWorker(
      state: state, store: MemoryStore(later.database), listeners: [], positions: worker.positions, .init(shards: 1))
    try learn(&worker)
    base.expectEqualCounters(state, later.expected)
  }

  /// The store was emptied, and the log applied anew: what the snapshot has learned is not learned again.
  @Test func aStoreFilledAgainFromTheSameLogIsFollowedOn() throws {
    var written = FollowedStore(seed: 8)
    for _ in 0..<15 { try written.write(shard: 0, events: 4) }
    try base.run(base.follower(written.database, shards: 1, writesSnapshots: true), until: written.positions)
    var anew = written.forked(into: MemoryDatabase(appliedLimit: 1_000), at: [:])
    try anew.catchUp(shard: 0, events: 9)
    try anew.write(shard: 0, events: 4)
    let follower = base.follower(anew.database, shards: 1)
    try base.run(follower, until: anew.positions)
    base.expectEqualCounters(follower.state, anew.expected)
  }

  /// A state with a gap is nobody's beginning: the writer waits, and a standby that is whole writes in its place.
  @Test func aStandbyWritesWhatABereavedStreamNeeds() throws {
    var written = FollowedStore(seed: 9, appliedLimit: 40)
    for _ in 0..<4 { try written.write(shard: 0, events: 3) }
    try base.run(base.follower(written.database, shards: 1, writesSnapshots: true), until: written.positions)
    // The trainer is gone. Whoever moves the stream has a follower.
    let standby = base.follower(written.database, shards: 1) {
      $0.snapshots = .standby
      $0.streamLimit = 40
    }
    try standby.start()
    let thread = try ServiceThread("standby") { try? standby.run() }
    for _ in 0..<150 {
      try written.write(shard: 0, events: 3)
      let wanted = written.positions.mapValues(\.sequence)
      #expect(Waiting.until(seconds: 20, everyMs: 1) { base.sequences(of: standby) == wanted })
    }
    standby.stop(by: Deadline(after: .seconds(10)))
    #expect(thread.join(atMost: .seconds(10)))
    let trainer = base.follower(written.database, shards: 1, writesSnapshots: true)
    try base.run(trainer, until: written.positions)
    base.expectEqualCounters(trainer.state, written.expected)
    #expect(trainer.followed.gapCount == 0)
  }

  @Test func aStateWithAGapIsPublishedOnlyWhenNobodyClosesIt() throws {
    var written = FollowedStore(seed: 10, appliedLimit: 10)
    for _ in 0..<30 { try written.write(shard: 0, events: 3) }
    let patient = base.follower(written.database, shards: 1, writesSnapshots: true)
    try base.run(patient, until: written.positions)
    #expect(patient.followed.gapCount == 1)
    #expect(try base.artefacts.current(ItemSnapshot.kind) == nil)
    let hasty = base.follower(written.database, shards: 1, writesSnapshots: true) { $0.gapPatience = .zero }
    try base.run(hasty, until: written.positions)
    #expect(hasty.followed.gapCount == 1, "what is missing is still said")
    #expect(try base.artefacts.current(ItemSnapshot.kind) != nil)
  }

  /// Bytes of another version, or damaged ones: what they held is missing, and it is said.
  @Test func aBatchThatCannotBeReadIsAGap() throws {
    let database = MemoryDatabase(appliedLimit: 1_000)
    let first = ShardPosition(log: "log", nextOffset: 5, sequence: 1)
    var batch = ShardBatch(shard: 0, expected: nil, next: first)
    batch.applied = [1, 2, 3]
    _ = try MemoryStore(database).commit(batch)
    let state = ItemState()
    var worker = FollowerWorker(state: state, store: MemoryStore(database), listeners: [], .init(shards: 1))
    try learn(&worker)
    #expect(worker.gaps.mapValues(\.sequence) == [0: 2])
    // Whoever has learned it closes the gap.
    worker.resume(at: [0: AppliedPosition(first)])
    #expect(worker.gaps.isEmpty)
  }
}
