import Foundation
import Identity
import State
import Synchronization
import Testing

/// The item state computed the long way: every count from the list of all events.
private struct NaiveItemState {
  var events: [(item: ItemKey, entry: AppliedEntry)] = []
  var lists: [ItemKey: [ItemKey: [Double]]] = [:]
  var counts: [ItemKey: Double] = [:]

  mutating func learn(_ entry: AppliedEntry) {
    let item = entry.interaction.item
    events.append((item, entry))
    counts[item, default: 0] += 1
    for neighbour in entry.neighbours where counts[neighbour.item] != nil {
      let place = pow(0.8, Double(neighbour.distance) - 1)
      let liked = neighbour.signal == .positive
      let own = entry.interaction.signal == .positive
      add(
        owner: neighbour.item, other: item, place * (neighbour.isBefore ? 1 : 0.5), ownerLiked: liked, otherLiked: own,
        gap: neighbour.gapMs)
      add(
        owner: item, other: neighbour.item, place * (neighbour.isBefore ? 0.5 : 1), ownerLiked: own, otherLiked: liked,
        gap: neighbour.gapMs)
    }
  }

  private mutating func add(
    owner: ItemKey, other: ItemKey, _ weight: Double, ownerLiked: Bool, otherLiked: Bool, gap: Int64
  ) {
    let factor = pow(2, (counts[owner] ?? 0) / 150)
    var row = lists[owner, default: [:]][other] ?? Array(repeating: 0, count: 5)
    row[0] += weight * factor
    if ownerLiked && otherLiked { row[1] += weight * factor }
    if !ownerLiked && otherLiked { row[2] += weight * factor }
    if gap < 1_800_000 { row[3] += factor }
    if gap <= 60_000 && otherLiked { row[4] += factor }
    lists[owner, default: [:]][other] = row
  }

  func positives(_ item: ItemKey, halfLife: Double) -> Double {
    var sum = 0.0
    for (number, event) in events.enumerated()
    where event.item == item && event.entry.interaction.signal == .positive {
      sum += pow(2, -Double(events.count - 1 - number) / halfLife)
    }
    return sum
  }

  func stagePositives(_ item: ItemKey, bucket: Int) -> Double {
    var sum = 0.0
    let inBucket = events.filter { Popularity.stageBucket($0.entry.stage) == bucket }
    for (number, event) in inBucket.enumerated()
    where event.item == item && event.entry.interaction.signal == .positive {
      sum += pow(2, -Double(inBucket.count - 1 - number) / Double(Popularity.stageHalfLife))
    }
    return sum
  }
}

@Suite struct ItemStateTests {
  private func run(seed: UInt64, steps: Int, _ body: (AppliedEntry, EntityID) -> Void) {
    var world = World(seed: seed)
    var records: [UInt64: UserRecord] = [:]
    var entry = AppliedEntry.reusable()
    for _ in 0..<steps {
      guard let (user, id, event) = world.next() else { return }
      if records[user, default: UserRecord()].apply(event, userHash: userHash(user), entry: &entry) == .applied {
        body(entry, id)
      }
    }
  }

  private func close(_ a: Float, _ b: Double) -> Bool { abs(Double(a) - b) <= 1e-3 * max(1, abs(b)) }

  @Test(arguments: 0..<3 as Range<UInt64>) func agreesWithTheNaiveFold(seed: UInt64) {
    let state = ItemState()
    var naive = NaiveItemState()
    run(seed: seed, steps: 3_000) { entry, id in
      state.learn(entry, id: id)
      naive.learn(entry)
    }
    let globals = state.globals
    #expect(Int(globals.events) == naive.events.count)
    for key in Set(naive.events.map(\.item)) {
      guard let index = state.index(of: key) else {
        Issue.record("seed \(seed): item lost")
        continue
      }
      let row = state.row(index)
      let own = naive.events.filter { $0.item == key }
      #expect(Int(row.count) == own.count)
      #expect(
        row.gradeSteps == own.reduce(0) { $0 + UInt64($1.entry.interaction.grade.steps) }, "seed \(seed)")
      for (slot, halfLife) in Popularity.eventHalfLives.enumerated() {
        let expected = naive.positives(key, halfLife: Double(halfLife))
        #expect(close(row.positives(byEvents: slot, at: globals.events), expected), "seed \(seed)")
      }
      for bucket in 0..<Popularity.stageCount {
        let value = row.stages[bucket].value(at: globals.stageClock[bucket], halfLife: Popularity.stageHalfLife)
        #expect(close(value, naive.stagePositives(key, bucket: bucket)), "seed \(seed) bucket \(bucket)")
      }
      checkList(state, naive, key, index, seed: seed)
    }
  }

  private func checkList(
    _ state: ItemState, _ naive: NaiveItemState, _ key: ItemKey, _ index: ItemIndex, seed: UInt64
  ) {
    var copy = NeighbourCopy()
    state.neighbours(of: index, into: &copy)
    let expected = naive.lists[key] ?? [:]
    #expect(copy.count == expected.count, "seed \(seed)")
    let factor = pow(2, (naive.counts[key] ?? 0) / 150)
    for (other, row) in expected {
      guard let place = (0..<copy.count).first(where: { copy.keys[$0] == state.index(of: other) }) else {
        Issue.record("seed \(seed): neighbour lost")
        continue
      }
      for column in NeighbourColumn.allCases {
        let value = copy.column(column)[place] / copy.factor
        #expect(close(value, row[column.rawValue] / factor), "seed \(seed) column \(column)")
      }
    }
  }

  @Test(arguments: 0..<3 as Range<UInt64>) func mostPopularAgreesWithSorting(seed: UInt64) {
    let state = ItemState()
    run(seed: seed, steps: 4_000) { entry, id in state.learn(entry, id: id) }
    let globals = state.globals
    let buffer = UnsafeMutableBufferPointer<ItemIndex>.allocate(capacity: 10)
    defer { buffer.deallocate() }
    for slot in Popularity.eventHalfLives.indices {
      let found = state.mostPopular(.events(slot), into: buffer)
      let values = (0..<state.count).map { state.row(ItemIndex($0)).positives(byEvents: slot, at: globals.events) }
      let sorted = values.sorted(by: >)
      #expect(found == 10)
      for place in 0..<found {
        let value = values[Int(buffer[place])]
        #expect(abs(value - sorted[place]) <= 1e-4 * max(1, value), "seed \(seed) slot \(slot) place \(place)")
      }
    }
  }

  @Test func aFullListKeepsWhatWasLiked() {
    let state = ItemState()
    let hub = EntityID("hub")
    func meet(_ other: EntityID, liked: Bool) {
      var entry = AppliedEntry(
        interaction: Interaction(
          item: ItemKey(other), typeCode: 0, signal: liked ? .positive : .neutral, grade: Grade(4), timeMs: 0),
        userHash: 1)
      entry.neighbours = [
        Neighbour(item: ItemKey(hub), distance: 1, isBefore: true, signal: .positive, gapMs: 10_000)
      ]
      state.learn(entry, id: other)
    }
    state.learn(
      AppliedEntry(
        interaction: Interaction(item: ItemKey(hub), typeCode: 0, signal: .positive, grade: Grade(5), timeMs: 0),
        userHash: 1), id: hub)
    meet(EntityID("liked"), liked: true)
    for number in 0..<400 { meet(EntityID("plain-\(number)"), liked: false) }
    for number in 0..<100 { meet(EntityID("fresh-\(number)"), liked: true) }
    var copy = NeighbourCopy()
    guard let index = state.index(of: ItemKey(hub)) else { return }
    state.neighbours(of: index, into: &copy)
    #expect(copy.count == NeighbourCopy.capacity)
    let names = (0..<copy.count).compactMap { state.index(of: ItemKey(EntityID("liked"))) == copy.keys[$0] ? $0 : nil }
    #expect(names.count == 1, "the liked neighbour survived 400 that were not")
    let liked = (0..<copy.count).filter { copy.column(.bothLiked)[$0] > 0 }
    #expect(liked.count == 101, "newcomers with a liked weight take the place of the least liked")
  }

  @Test func aSnapshotContinuesLikeTheOriginal() throws {
    let state = ItemState()
    state.describe(
      EntityID(3), ItemMetadata(title: "Three", genres: ["Drama", "War"], year: 1970, tags: ["a"], price: 1.5))
    state.describe(EntityID("x"), ItemMetadata(title: "Gone"))
    state.remove(ItemKey(EntityID("x")))
    run(seed: 11, steps: 2_500) { entry, id in state.learn(entry, id: id) }
    let bytes = state.snapshot()
    let restored = try bytes.withUnsafeBytes { bytes in try ItemState.restored(from: bytes) }
    #expect(restored.snapshot() == bytes)
    run(seed: 12, steps: 500) { entry, id in
      state.learn(entry, id: id)
      restored.learn(entry, id: id)
    }
    #expect(restored.snapshot() == state.snapshot())
    for length in stride(from: 0, to: bytes.count, by: 997) {
      #expect(throws: CorruptBytes.self) {
        try bytes.prefix(length).withUnsafeBytes { part in
          _ = try ItemState.restored(from: part)
        }
      }
    }
  }

  @Test func appliedBatchesRoundTrip() throws {
    var writer = ByteWriter()
    var expected: [(AppliedEntry, EntityID)] = []
    let range = AppliedRange(log: 77, start: 1_000, end: 1_900)
    AppliedCodec.begin(&writer, range)
    run(seed: 3, steps: 300) { entry, id in
      expected.append((entry, id))
      var text = id.text
      text.withUTF8 {
        AppliedCodec.append(
          entry, place: 3 * Int64(expected.count) - 3, itemID: UnsafeRawBufferPointer($0), form: id.form, to: &writer)
      }
    }
    var seen = 0
    try writer.bytes.withUnsafeBytes { bytes in
      #expect(try AppliedCodec.range(of: bytes) == range)
      try AppliedCodec.forEach(in: bytes) { view in
        #expect(view.offset == 1_000 + 3 * Int64(seen))
        let (entry, id) = expected[seen]
        #expect(view.itemID == id && view.itemID.form == id.form)
        #expect(view.entry.neighbours == entry.neighbours)
        #expect(view.entry.interaction.timeMs == entry.interaction.timeMs)
        #expect(view.entry.interaction.item == entry.interaction.item)
        #expect(view.entry.stage == entry.stage && view.entry.userHash == entry.userHash)
        seen += 1
      }
    }
    #expect(seen == expected.count)
  }

  private final class Shared: Sendable {
    let torn = Atomic<Int>(0)
    let rounds = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)
  }

  @Test func readersNeverSeeHalfAnEvent() {
    let state = ItemState()
    let shared = Shared()
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      var copy = NeighbourCopy()
      let buffer = UnsafeMutableBufferPointer<ItemIndex>.allocate(capacity: 64)
      while !shared.isOver.load(ordering: .acquiring) {
        for index in 0..<state.count {
          let row = state.row(ItemIndex(index))
          let isTorn = row.positiveCount > row.count || row.gradeSteps > UInt64(row.count) * 255
          if isTorn { shared.torn.add(1, ordering: .relaxed) }
          state.neighbours(of: ItemIndex(index), into: &copy)
          for place in 0..<copy.count where copy.column(.bothLiked)[place] > copy.column(.all)[place] * 1.0001 {
            shared.torn.add(1, ordering: .relaxed)
          }
        }
        _ = state.mostPopular(.events(2), into: buffer)
        shared.rounds.add(1, ordering: .relaxed)
      }
      buffer.deallocate()
      done.signal()
    }
    run(seed: 21, steps: 30_000) { entry, id in state.learn(entry, id: id) }
    while shared.rounds.load(ordering: .relaxed) < 2 {}
    shared.isOver.store(true, ordering: .releasing)
    done.wait()
    #expect(shared.torn.load(ordering: .relaxed) == 0)
  }
}
