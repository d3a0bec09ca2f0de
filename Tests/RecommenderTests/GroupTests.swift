import Features
import Identity
import Recommender
import State
import Testing
import Training

/// Users, items and their state, fed by hand.
private final class World {
  let state = ItemState()
  var records: [UInt64: UserRecord] = [:]
  var entry = AppliedEntry.reusable()
  let bundle: Bundle
  let scratch: RecommendScratch

  init(items: Int) {
    for item in 0..<items {
      var metadata = ItemMetadata(title: "film")
      metadata.year = 1980 + item % 30
      metadata.genres = item.isMultiple(of: 3) ? ["x"] : ["y", "z"]
      state.describe(Self.id(item), metadata)
    }
    state.publishCatalogue()
    bundle = Bundle(content: ContentTable(state.catalogue))
    scratch = RecommendScratch(bundle: bundle)
  }

  static func id(_ item: Int) -> EntityID { EntityID(Int64(item)) }
  func key(_ item: Int) -> ItemKey { ItemKey(Self.id(item)) }

  func apply(user: UInt64, item: Int, liked: Bool, at timeMs: Int64) {
    let event = Interaction(
      item: key(item), typeCode: 0, signal: liked ? .positive : .negative, grade: Grade(liked ? 5 : 2), timeMs: timeMs)
    _ = records[user, default: UserRecord()].apply(event, userHash: user, entry: &entry)
    state.learn(entry, id: Self.id(item))
  }

  @discardableResult func query(user: UInt64, at timeMs: Int64) -> RecommendOutcome {
    Recommender.recommend(
      records[user] ?? UserRecord(), RecommendRequest(nowMs: timeMs), bundle: bundle, state: state, scratch: scratch)
  }

  /// A seeded past of 40 users.
  func warmUp(items: Int, seed: Int) -> Int64 {
    var random = SeededGenerator(seed: seed)
    var now: Int64 = 1_000_000_000_000
    for _ in 0..<1_500 {
      now += Int64.random(in: 0...20_000, using: &random)
      apply(
        user: UInt64(Int.random(in: 1...40, using: &random)), item: Int.random(in: 0..<items, using: &random),
        liked: Bool.random(using: &random), at: now)
    }
    return now
  }
}

@Suite struct GroupTests {
  @Test func labelsFollowTheAttributionWindow() throws {
    let world = World(items: 60)
    let now = world.warmUp(items: 60, seed: 1)
    let registry = world.bundle.registry
    var collector = GroupCollector(registry: registry)
    world.query(user: 99, at: now)
    let table = world.scratch.table
    try #require(table.count > 20)
    let items = (0..<5).map { table.items[$0] }
    collector.propose(world.scratch, userHash: 99, target: items[0], timeMs: now)
    collector.attribute(userHash: 99, item: items[1], timeMs: now + 4_000)
    collector.attribute(userHash: 99, item: items[2], timeMs: now + 60_000)
    collector.attribute(userHash: 99, item: items[3], timeMs: now + 1_800_000)
    collector.attribute(userHash: 7, item: items[4], timeMs: now + 1_000)
    var groups: [TrainingGroup] = []
    collector.mature(nowMs: now + 1_799_999) { groups.append($0) }
    #expect(groups.isEmpty)
    collector.mature(nowMs: now + 1_800_000) { groups.append($0) }
    let group = try #require(groups.first)
    #expect(group.labels.filter { $0 == 3 }.count == 1)
    #expect(group.labels.filter { $0 == 2 }.count == 1)
    // What was liked later than together is neither wanted nor a negative.
    #expect(group.labels.allSatisfy { $0 == 0 || $0 >= 2 })
    let width = registry.count
    let later = Array(UnsafeBufferPointer(start: world.scratch.matrix + 2 * width, count: width)).map(\.bitPattern)
    for row in group.labels.indices {
      #expect(group.rows[row * width..<(row + 1) * width].map(\.bitPattern) != later)
    }
    #expect(group.registryHash == registry.hash)
    #expect(collector.pendingCount == 0)
  }

  @Test func aShownListTeachesWhatWasTakenOfIt() throws {
    let world = World(items: 60)
    let now = world.warmUp(items: 60, seed: 8)
    let registry = world.bundle.registry
    var settings = GroupSettings()
    settings.shownPlaces = 20
    var collector = GroupCollector(registry: registry, settings: settings)
    world.query(user: 99, at: now)
    let table = world.scratch.table
    try #require(table.count > 20)
    let items = (0..<6).map { table.items[$0] }
    let barred = world.records[1]?.history.first.flatMap { world.state.index(of: $0.item) } ?? 0
    let seen = (0..<table.count).contains { table.items[$0] == barred } ? nil : barred
    // Places need not be dense, nor in order; the last is below what anybody looks at.
    var shown = [(items[0], 3), (items[1], 1), (items[2], 7), (items[3], 21)].map { (item: $0.0, position: $0.1) }
    if let seen { shown.append((item: seen, position: 2)) }
    collector.proposeShown(world.scratch, userHash: 99, shown: shown, timeMs: now)
    // Nothing is taken of this one, and this one has only one candidate.
    collector.proposeShown(world.scratch, userHash: 98, shown: shown, timeMs: now)
    collector.proposeShown(world.scratch, userHash: 99, shown: Array(shown.prefix(1)), timeMs: now)
    #expect(collector.pendingCount == 2)
    collector.attribute(userHash: 99, item: items[2], timeMs: now + 600_000)
    collector.attribute(userHash: 99, item: items[1], timeMs: now + 1_800_000)
    var groups: [TrainingGroup] = []
    collector.mature(nowMs: now + 1_800_000) { groups.append($0) }
    #expect(groups.count == 1 && collector.pendingCount == 0)
    let group = try #require(groups.first)
    #expect(group.wasShown && group.positions == [3, 1, 7] && group.labels == [0, 0, 3] && group.reference.isEmpty)
    let width = registry.count
    for (row, item) in items.prefix(3).enumerated() {
      let place = try #require((0..<table.count).first { table.items[$0] == item })
      let served = Array(UnsafeBufferPointer(start: world.scratch.matrix + place * width, count: width))
      #expect(Array(group.rows[row * width..<(row + 1) * width]).map(\.bitPattern) == served.map(\.bitPattern))
    }
    // It trains with its places, and measures nothing.
    var window = GroupWindow()
    for _ in 0..<3 { window.append(group) }
    let sets = try window.trainingSets(registry: registry, newest: 0.4)
    #expect(sets.older.positions == [3, 1, 7, 3, 1, 7, 3, 1, 7] && sets.newer.groupCount == 0)
  }

  /// Under load groups of candidates mature at once, for want of room. What was shown has room of its own.
  @Test func whatWasShownWaitsBesideTheRest() throws {
    let world = World(items: 60)
    let now = world.warmUp(items: 60, seed: 9)
    var settings = GroupSettings()
    settings.maximumPending = 2
    var collector = GroupCollector(registry: world.bundle.registry, settings: settings)
    world.query(user: 99, at: now)
    let table = world.scratch.table
    try #require(table.count > 20)
    let items = (0..<5).map { table.items[$0] }
    let shown = items.enumerated().map { (item: $1, position: $0 + 1) }
    collector.proposeShown(world.scratch, userHash: 99, shown: shown, timeMs: now)
    collector.proposeShown(world.scratch, userHash: 98, shown: shown, timeMs: now)
    var groups: [TrainingGroup] = []
    for number in 0..<10 as Range<Int64> {
      collector.propose(world.scratch, userHash: 97, target: items[0], timeMs: now + number)
      collector.mature(nowMs: now + number) { groups.append($0) }
    }
    #expect(groups.count == 8 && groups.allSatisfy { !$0.wasShown } && collector.pendingCount == 4)
    collector.attribute(userHash: 99, item: items[4], timeMs: now + 60_000)
    collector.attribute(userHash: 98, item: items[4], timeMs: now + 60_000)
    collector.erase(userHash: 98)
    groups = []
    collector.mature(nowMs: now + 1_800_009) { groups.append($0) }
    #expect(collector.pendingCount == 0)
    #expect(groups.filter(\.wasShown).map(\.userHash) == [99], "the other user was erased")
    #expect(groups.first { $0.wasShown }?.labels == [0, 0, 0, 0, 3])
  }

  @Test func shownListsThatWaitAreBounded() throws {
    let world = World(items: 60)
    let now = world.warmUp(items: 60, seed: 10)
    world.query(user: 99, at: now)
    let table = world.scratch.table
    try #require(table.count > 20)
    let shown = (0..<5).map { (item: table.items[$0], position: $0 + 1) }
    let bytes = 5 * world.bundle.registry.count * MemoryLayout<Float>.size
    for (count, bytes, expected) in [(7, Int.max, 7), (1_000, 4 * bytes + 1, 4)] {
      var settings = GroupSettings()
      settings.maximumShownPending = count
      settings.maximumShownBytes = bytes
      var collector = GroupCollector(registry: world.bundle.registry, settings: settings)
      var taken = 0
      for user in 0..<100 as Range<UInt64> {
        collector.proposeShown(world.scratch, userHash: user, shown: shown, timeMs: now)
        collector.attribute(userHash: user, item: shown[0].item, timeMs: now + 1)
        collector.mature(nowMs: now) { _ in taken += 1 }
        #expect(collector.pendingCount <= expected)
      }
      #expect(collector.pendingCount == expected && taken == 100 - expected)
    }
  }

  @Test func aTargetOutsideTheCandidatesMakesNoGroup() {
    let world = World(items: 60)
    let now = world.warmUp(items: 60, seed: 2)
    var collector = GroupCollector(registry: world.bundle.registry)
    world.query(user: 1, at: now)
    let barred = world.records[1]?.history.first.flatMap { world.state.index(of: $0.item) } ?? 0
    collector.propose(world.scratch, userHash: 1, target: barred, timeMs: now)
    #expect(collector.pendingCount == 0 && collector.proposedCount == 1 && collector.coveredCount == 0)
  }

  @Test func pendingGroupsAreBounded() {
    let world = World(items: 60)
    let now = world.warmUp(items: 60, seed: 3)
    var settings = GroupSettings()
    settings.maximumPending = 4
    var collector = GroupCollector(registry: world.bundle.registry, settings: settings)
    world.query(user: 99, at: now)
    var matured = 0
    for _ in 0..<20 {
      collector.propose(world.scratch, userHash: 99, target: world.scratch.table.items[0], timeMs: now)
      collector.mature(nowMs: now) { _ in matured += 1 }
    }
    #expect(collector.pendingCount == 4 && matured == 16)
  }

  @Test func anErasedUsersGroupsNeverMature() {
    let world = World(items: 60)
    let now = world.warmUp(items: 60, seed: 4)
    var collector = GroupCollector(registry: world.bundle.registry)
    world.query(user: 99, at: now)
    for user in [UInt64(99), 98, 99] {
      collector.propose(world.scratch, userHash: user, target: world.scratch.table.items[0], timeMs: now)
    }
    collector.erase(userHash: 99)
    var users: [UInt64] = []
    collector.mature(nowMs: now + 10_000_000) { users.append($0.userHash) }
    #expect(users == [98])
  }

  /// What a group logged is, bit for bit, what serving computes at that instant.
  @Test(arguments: [5, 6]) func groupsHoldTheServedFeatures(seed: Int) throws {
    let world = World(items: 80)
    var now = world.warmUp(items: 80, seed: seed)
    var collector = GroupCollector(registry: world.bundle.registry)
    let width = world.bundle.registry.count
    var served: [UInt64: Set<[UInt32]>] = [:]
    var random = SeededGenerator(seed: seed)
    for sequence in 0..<60 {
      now += Int64.random(in: 0...60_000, using: &random)
      let user = UInt64(Int.random(in: 1...40, using: &random))
      world.query(user: user, at: now)
      // Serving asks from another thread's scratch.
      let serving = RecommendScratch(bundle: world.bundle)
      _ = Recommender.recommend(
        world.records[user] ?? UserRecord(), RecommendRequest(nowMs: now), bundle: world.bundle, state: world.state,
        scratch: serving)
      let rows = (0..<serving.table.count).map { row in
        (0..<width).map { serving.matrix[row * width + $0].bitPattern }
      }
      served[UInt64(sequence)] = Set(rows)
      let target = Int(world.scratch.table.items[Int.random(in: 0..<world.scratch.table.count, using: &random)])
      collector.propose(world.scratch, userHash: user, target: ItemIndex(target), timeMs: now)
      world.apply(user: user, item: target, liked: true, at: now)
      collector.attribute(userHash: user, item: ItemIndex(target), timeMs: now)
    }
    var seen = 0
    collector.mature(nowMs: now + 10_000_000) { group in
      for row in group.labels.indices {
        let bits = group.rows[row * width..<(row + 1) * width].map(\.bitPattern)
        #expect(served[group.sequence]?.contains(Array(bits)) == true, "seed \(seed), group \(group.sequence)")
        seen += 1
      }
    }
    #expect(seen > 60)
  }

  @Test func theWindowIsBoundedByCountAndBytes() {
    func group(_ sequence: UInt64) -> TrainingGroup {
      TrainingGroup(
        sequence: sequence, userHash: sequence % 3, timeMs: 0, rows: Array(repeating: 0, count: 100),
        labels: [3, 0], registryHash: 0)
    }
    var byCount = GroupWindow(maximumCount: 5)
    var byBytes = GroupWindow(maximumBytes: 1_300)
    for sequence in 0..<20 {
      byCount.append(group(UInt64(sequence)))
      byBytes.append(group(UInt64(sequence)))
    }
    #expect(byCount.groups.map(\.sequence) == [15, 16, 17, 18, 19])
    #expect(byCount.rowCount == 10 && byCount.bytes == 2_000)
    #expect(byBytes.groups.map(\.sequence) == [17, 18, 19])
    byCount.erase(userHash: 0)
    #expect(byCount.groups.map(\.sequence) == [16, 17, 19])
  }
}
