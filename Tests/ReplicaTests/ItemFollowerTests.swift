import Artefacts
import Foundation
import Identity
import Lifecycle
import State
import Store
import Synchronization
import TestSupport
import Testing

@testable import Replica

/// Every follower arrives at the counters of a state that saw everything.
@Suite struct ItemFollowerTests {
  let folder: TemporaryFolder
  let artefacts: ArtefactStore

  init() throws {
    folder = try TemporaryFolder()
    artefacts = try ArtefactStore(directory: folder.path, keep: 3)
  }

  func follower(
    _ database: MemoryDatabase, shards: Int32 = 2, writesSnapshots: Bool = false, listener: Heard? = nil,
    adjust: (inout ItemFollower.Configuration) -> Void = { _ in }
  ) -> ItemFollower {
    var configuration = ItemFollower.Configuration(shards: shards)
    configuration.snapshots = writesSnapshots ? .regular : .none
    configuration.batches = 4
    adjust(&configuration)
    return ItemFollower(
      configuration, store: { () throws(StoreError) in MemoryStore(database) }, progress: ShardProgress(),
      artefacts: artefacts, listeners: listener.map { [$0] } ?? [], catalogue: { EmptyCatalogue() })
  }

  /// Runs the follower until it stands at `positions`, then stops it.
  func run(_ follower: ItemFollower, until positions: [Int32: ShardPosition]) throws {
    try follower.start()
    let thread = try ServiceThread("follower") { try? follower.run() }
    let wanted = positions.mapValues(\.sequence)
    let deadline = Deadline(after: .seconds(20))
    while sequences(of: follower) != wanted, !deadline.hasPassed {
      _ = StopRequest().wait(atMost: .milliseconds(2))
    }
    follower.stop(by: deadline)
    #expect(thread.join(atMost: .seconds(10)))
    #expect(sequences(of: follower) == wanted)
  }

  func sequences(of follower: ItemFollower) -> [Int32: UInt64] {
    follower.followed.positions.mapValues(\.sequence).filter { $0.value > 0 }
  }

  func expectEqualCounters(_ state: ItemState, _ expected: ItemState) {
    #expect(state.globals.events == expected.globals.events)
    #expect(state.globals.gradeSteps == expected.globals.gradeSteps)
    #expect(state.count == expected.count)
    expected.publishCatalogue()
    #expect(expected.catalogue.items.count == expected.count)
    for item in expected.catalogue.items {
      guard let here = state.index(of: ItemKey(item.id)), let there = expected.index(of: ItemKey(item.id)) else {
        Issue.record("item \(item.id) is missing")
        continue
      }
      #expect(state.row(here).count == expected.row(there).count)
      #expect(state.row(here).positiveCount == expected.row(there).positiveCount)
      #expect(state.row(here).gradeSteps == expected.row(there).gradeSteps)
    }
  }

  @Test func aFollowerLearnsEveryShardsBatches() throws {
    var written = FollowedStore(seed: 1)
    for number in 0..<30 { try written.write(shard: Int32(number % 2), events: 7) }
    let heard = Heard()
    let follower = follower(written.database, listener: heard)
    try run(follower, until: written.positions)
    expectEqualCounters(follower.state, written.expected)
    #expect(heard.count == 210)
  }

  @Test func aRestartGoesOnFromTheSnapshot() throws {
    var written = FollowedStore(seed: 2)
    for number in 0..<20 { try written.write(shard: Int32(number % 2), events: 5) }
    try run(follower(written.database, writesSnapshots: true), until: written.positions)
    for number in 0..<11 { try written.write(shard: Int32(number % 2), events: 5) }
    let second = follower(written.database, writesSnapshots: true)
    try run(second, until: written.positions)
    expectEqualCounters(second.state, written.expected)
  }

  @Test func aTrimmedStreamIsBridgedByANewerSnapshot() throws {
    var written = FollowedStore(seed: 3, appliedLimit: 10)
    let slow = follower(written.database, shards: 1)
    for _ in 0..<5 { try written.write(shard: 0, events: 3) }
    try run(slow, until: written.positions)
    try run(follower(written.database, shards: 1, writesSnapshots: true), until: written.positions)
    for round in 0..<3 {
      for _ in 0..<8 { try written.write(shard: 0, events: 3) }
      if round < 2 {
        try run(follower(written.database, shards: 1, writesSnapshots: true), until: written.positions)
      }
    }
    // `slow` stands at 5, the stream begins at 20, the newest snapshot stands at 21.
    var worker = FollowerWorker(
      state: slow.state, store: MemoryStore(written.database), listeners: [], positions: slow.followed.positions,
      ItemFollower.Configuration(shards: 1))
    while try worker.learn(newer: { shard, gap in try slow.newerPositions(of: shard, gap) }) > 0 {}
    expectEqualCounters(slow.state, written.expected)
  }

  /// No trainer: a process that has learned everything writes before anything is trimmed that nobody could learn again.
  @Test func aMemberStandsInForATrainerThatIsAway() throws {
    var written = FollowedStore(seed: 7, appliedLimit: 20)
    func member() -> ItemFollower {
      follower(written.database) {
        $0.snapshots = .standby
        $0.streamLimit = 20
      }
    }
    for _ in 0..<9 { try written.write(shard: 0, events: 3) }
    try run(member(), until: written.positions)
    #expect(try artefacts.current(ItemSnapshot.kind) == nil, "not three quarters through yet")
    for round in 0..<5 {
      for _ in 0..<10 { try written.write(shard: Int32(round % 2), events: 3) }
      try run(member(), until: written.positions)
    }
    #expect(try artefacts.versions(of: ItemSnapshot.kind).count > 1)
    // The trainer comes back: what it needs of shard 0 is long gone from the stream.
    let trainer = follower(written.database, writesSnapshots: true)
    try run(trainer, until: written.positions)
    expectEqualCounters(trainer.state, written.expected)
  }

  /// A replay stores more batches than the streams keep; a process that starts afterwards knows all of them.
  @Test func aReplayOfAnyLengthLeavesTheItemStateWhole() throws {
    var written = FollowedStore(seed: 8, appliedLimit: 20)
    let replay = ReplayFollower(shards: 2, store: MemoryStore(written.database), artefacts: artefacts)
    for number in 0..<400 {
      try written.write(shard: Int32(number % 2), events: 3)
      if number % 7 == 6 { try replay.follow() }
    }
    try replay.follow()
    try replay.publish(createdMs: 1)
    let fresh = follower(written.database)
    try run(fresh, until: written.positions)
    expectEqualCounters(fresh.state, written.expected)
    // Called too seldom, it says so.
    for _ in 0..<30 { try written.write(shard: 1, events: 1) }
    #expect(throws: ReplayGapError.self) { try replay.follow() }
  }

  /// What it has learned of the other shard stays as it is, and the next snapshot heals the gap.
  @Test func aGapStaysUntilASnapshotCoversIt() throws {
    var written = FollowedStore(seed: 6, appliedLimit: 10)
    for _ in 0..<4 { try written.write(shard: 0, events: 3) }
    let reader = follower(written.database)
    let writer = follower(written.database, writesSnapshots: true)
    try run(reader, until: written.positions)
    try run(writer, until: written.positions)
    for _ in 0..<5 { try written.write(shard: 1, events: 2) }
    var worker = FollowerWorker(
      state: reader.state, store: MemoryStore(written.database), listeners: [], positions: reader.followed.positions,
      ItemFollower.Configuration(shards: 2))
    func learn() throws {
      while try worker.learn(newer: { shard, gap in try reader.newerPositions(of: shard, gap) }) > 0 {}
    }
    try learn()
    #expect(reader.state.globals.events == 22)

    // A writer that keeps up, whose snapshots this reader does not see yet.
    for _ in 0..<5 {
      for _ in 0..<6 { try written.write(shard: 0, events: 3) }
      try run(follower(written.database, writesSnapshots: true), until: written.positions)
    }
    let (place, elsewhere) = (folder.path + "/" + ItemSnapshot.kind, folder.path + "/elsewhere")
    try FileManager.default.moveItem(atPath: place, toPath: elsewhere)
    try learn()
    #expect(worker.gaps.mapValues(\.sequence) == [0: 25])
    #expect(reader.state.globals.events == 22 + 30, "nothing that was learned is given up")

    try FileManager.default.moveItem(atPath: elsewhere, toPath: place)
    reader.heal(&worker)
    try learn()
    #expect(worker.gaps.isEmpty)
    expectEqualCounters(reader.state, written.expected)
  }

  @Test func aSnapshotOfAnotherStoreIsForgotten() throws {
    var old = FollowedStore(seed: 4)
    for _ in 0..<10 { try old.write(shard: 0, events: 5) }
    try run(follower(old.database, shards: 1, writesSnapshots: true), until: old.positions)
    var fresh = FollowedStore(seed: 5, log: "another log")
    try fresh.write(shard: 0, events: 5)
    let follower = follower(fresh.database, shards: 1)
    try run(follower, until: fresh.positions)
    #expect(follower.state.globals.events == 5)
  }
}

/// Counts what a listener hears.
final class Heard: AppliedListener {
  private let number = Atomic<Int>(0)
  var count: Int { number.load(ordering: .relaxed) }
  func learned(_ entry: AppliedEntry, item: ItemIndex) { number.add(1, ordering: .relaxed) }
  func erased(userHash: UInt64) {}
}
