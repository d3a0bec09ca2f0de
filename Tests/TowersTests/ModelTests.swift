import Identity
import Testing

@testable import Towers

@Suite struct ModelTests {
  private let world = PlantedWorld(seed: 10)
  private let model: TowerModel

  init() throws { model = try TowerTrainer(settings: PlantedWorld.settings).model(world) }

  @Test func everyVectorHasLengthOne() {
    for row in 0..<model.count {
      #expect(abs(dot(Array(model.vector(Int32(row))), Array(model.vector(Int32(row)))) - 1) < 1e-4)
    }
    for user in 0..<3 { #expect(abs(dot(world.vector(model, user: user), world.vector(model, user: user)) - 1) < 1e-4) }
  }

  /// An item that no event has named lies nearer to its genre's items than to the others'.
  @Test func aNewItemIsPlacedByItsContent() throws {
    var items = TowerItems()
    let drama = ItemKey(EntityID("new drama"))
    let comedy = ItemKey(EntityID("new comedy"))
    let unknown = ItemKey(EntityID("of a genre never met"))
    items.append(drama, genres: [PlantedWorld.drama], year: 2_000)
    items.append(world.keys[0], genres: [PlantedWorld.comedy], year: 1_900)
    items.append(comedy, genres: [PlantedWorld.comedy], year: 2_000)
    items.append(unknown, genres: [77], year: nil)
    let larger = model.extended(by: items)
    #expect(larger.count == model.count + 3 && larger.version == model.version)
    func mean(_ key: ItemKey, parity: Int) throws -> Float {
      let own = Array(larger.vector(try #require(larger.row(of: key))))
      let others = world.keys.indices.filter { $0 % 2 == parity }
      return try others.reduce(0) { sum, item in
        sum + dot(own, Array(larger.vector(try #require(larger.row(of: world.keys[item])))))
      } / Float(others.count)
    }
    #expect(try mean(drama, parity: 0) > mean(drama, parity: 1))
    #expect(try mean(comedy, parity: 1) > mean(comedy, parity: 0))
    // What it knew is as it was.
    #expect(larger.vector(5) == model.vector(5))
    #expect(larger.extended(by: items) === larger)
  }

  @Test func bytesGiveTheSameModelBack() throws {
    let bytes = model.bytes()
    let read = try bytes.withUnsafeBytes { raw in try TowerModel.decode(raw) }
    #expect(read.bytes() == bytes)
    #expect(
      read.vectors == model.vectors && read.keys == model.keys && read.version == model.version
        && read.events == model.events)
    for user in 0..<3 { #expect(world.vector(read, user: user) == world.vector(model, user: user)) }
  }

  @Test func tornAndDamagedBytesAreNamed() {
    let bytes = model.bytes()
    for length in [0, 4, 47, 48, 100, bytes.count - 1] {
      #expect(throws: TowerError.self, "\(length)") {
        try bytes[..<length].withUnsafeBytes { raw in try TowerModel.decode(raw) }
      }
    }
    // Magic, format, dimension, pools, history, genres, items.
    for place in [0, 4, 8, 12, 19, 20, 27] {
      var damaged = bytes
      damaged[place] = 0xff
      #expect(throws: TowerError.self, "\(place)") {
        try damaged.withUnsafeBytes { raw in try TowerModel.decode(raw) }
      }
    }
    var infinite = bytes
    infinite.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0x80, 0x7f])
    #expect(throws: TowerError.self) { try infinite.withUnsafeBytes { raw in try TowerModel.decode(raw) } }
  }
}

@Suite struct UserVectorStateTests {
  private let world = PlantedWorld(seed: 12)
  private let model: TowerModel

  init() throws { model = try TowerTrainer(settings: PlantedWorld.settings).model(world) }

  @Test func aStepMovesTowardsTheItem() throws {
    for user in 0..<10 {
      let tower = world.vector(model, user: user)
      // Items that the user may well come to like: away from them the step first turns away from the negative.
      for item in [user % 2, 6 + user % 2, 30 + user % 2] {
        let target = try #require(model.row(of: world.keys[item]))
        var state = UserVectorState(model)
        state.step(model, tower: tower, target: target, seed: UInt64(user))
        var moved = tower
        state.add(to: &moved, model)
        #expect(dot(moved, Array(model.vector(target))) > dot(tower, Array(model.vector(target))))
        #expect(abs(dot(moved, moved) - 1) < 1e-4)
      }
    }
  }

  @Test func theSameEventsGiveTheSameVector() {
    let tower = world.vector(model, user: 1)
    var a = UserVectorState(model)
    var b = UserVectorState(model)
    for event in 0..<20 {
      a.step(model, tower: tower, target: Int32(event), seed: UInt64(event))
      // Stored and read in between: nothing is lost.
      b = b.bytes().withUnsafeBytes { UserVectorState(bytes: $0) } ?? UserVectorState(model)
      b.step(model, tower: tower, target: Int32(event), seed: UInt64(event))
    }
    #expect(a == b)
    #expect(a != UserVectorState(model))
  }

  @Test func otherTowersDoNotUseIt() throws {
    var settings = PlantedWorld.settings
    settings.epochs = 1
    let other = try TowerTrainer(settings: settings).model(world, version: 2)
    var state = UserVectorState(model)
    #expect(state.belongs(to: model) && !state.belongs(to: other))
    let before = state
    state.step(other, tower: world.vector(other, user: 0), target: 1, seed: 1)
    #expect(state == before)
    state.reset(other)
    #expect(state == UserVectorState(other))
  }

  @Test func bytesThatAreNotOursAreNoState() {
    var state = UserVectorState(model)
    state.step(model, tower: world.vector(model, user: 0), target: 3, seed: 5)
    let bytes = state.bytes()
    #expect(bytes.count == 11 + 2 * 16)
    #expect(bytes.withUnsafeBytes { UserVectorState(bytes: $0) } == state)
    for length in 0..<bytes.count { #expect(bytes[..<length].withUnsafeBytes { UserVectorState(bytes: $0) } == nil) }
    var other = bytes
    other[0] = 2
    #expect(other.withUnsafeBytes { UserVectorState(bytes: $0) } == nil)
    other = bytes
    other[12] = 0x7c
    #expect(other.withUnsafeBytes { UserVectorState(bytes: $0) } == nil)
  }
}
