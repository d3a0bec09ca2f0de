import Identity
import Testing

@testable import Towers

/// Users whose profile decides their taste: what the user tower makes of it, in training and for a user without events.
@Suite struct ProfileTowerTests {
  /// Codes 11 and 22 tell the two tastes; the others say nothing.
  private static func profile(user: Int, _ random: inout TowerRandom) -> SIMD8<UInt16> {
    var codes = SIMD8<UInt16>.zero
    codes[0] = UInt16(1_000 + random.below(50))
    codes[1] = user % 2 == 0 ? 22 : 11
    codes[2] = UInt16(1 + random.below(8))
    return codes
  }

  private static func vector(_ model: TowerModel, profile: SIMD8<UInt16>) -> [Float] {
    var pools = [Float](repeating: 0, count: model.poolCount)
    var vector = [Float](repeating: 0, count: model.dimension)
    let context = TowerContext(nowMs: 1_000_000_000_000, eventCount: 0, profile: profile)
    model.userVector(UnsafeBufferPointer(start: nil, count: 0), context, pools: &pools, into: &vector)
    return vector
  }

  /// Share of the best six items that are even: dramas.
  private static func shareOfDramas(_ world: PlantedWorld, _ model: TowerModel, profile: SIMD8<UInt16>) -> Double {
    let own = vector(model, profile: profile)
    let scores = world.keys.map { key in model.row(of: key).map { dot(own, Array(model.vector($0))) } ?? -1 }
    let best = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(6)
    return Double(best.count { $0 % 2 == 0 }) / 6
  }

  @Test(arguments: [1, 2]) func aNewUsersProfileDecidesTheList(seed: UInt64) throws {
    let world = PlantedWorld(seed: seed, popular: nil, profile: Self.profile)
    let model = try TowerTrainer(settings: PlantedWorld.settings).model(world)
    var drama = SIMD8<UInt16>.zero
    drama[0] = 22
    var comedy = SIMD8<UInt16>.zero
    comedy[0] = 11
    #expect(Self.shareOfDramas(world, model, profile: drama) > 0.8, "seed \(seed)")
    #expect(Self.shareOfDramas(world, model, profile: comedy) < 0.2, "seed \(seed)")
    // An attribute that no training has met says nothing.
    var unknown = SIMD8<UInt16>.zero
    unknown[0] = 333
    #expect(Self.vector(model, profile: unknown) == Self.vector(model, profile: .zero))
  }

  @Test func aTrainingThatGoesOnKeepsWhatProfilesSay() throws {
    let world = PlantedWorld(seed: 3, popular: nil, profile: Self.profile)
    var settings = PlantedWorld.settings
    let older = try TowerTrainer(settings: settings).model(world)
    settings.continuedEpochs = 0
    let same = try TowerTrainer(settings: settings).model(world, from: older, version: 2)
    var drama = SIMD8<UInt16>.zero
    drama[0] = 22
    #expect(dot(Self.vector(older, profile: drama), Self.vector(same, profile: drama)) > 0.9999)
  }

  /// Profiles are bounded by the window's events, and take no memory beside them.
  @Test func anEventOfTheWindowIsFortyEightBytes() {
    #expect(MemoryLayout<TowerWindow.Event>.stride == 48)
  }

  /// Towers of format 1 had 256 rows of profiles that nothing had trained.
  @Test func towersOfTheFirstFormatAreRead() throws {
    let world = PlantedWorld(seed: 4)
    let model = try TowerTrainer(settings: PlantedWorld.settings).model(world)
    let bytes = model.bytes()
    let start = 48 + 8 * (model.count + 2) + 4 * model.layout.profiles
    var first = bytes
    let noise = [UInt8](repeating: 0x3e, count: 4 * 256 * model.dimension)
    first.replaceSubrange(start..<start + 4 * TowerBuckets.profiles * model.dimension, with: noise)
    first[4] = 1
    let read = try first.withUnsafeBytes { try TowerModel.decode($0) }
    #expect(read.bytes() == bytes)
    first.removeLast(4)
    #expect(throws: TowerError.self) { try first.withUnsafeBytes { try TowerModel.decode($0) } }
    var newer = bytes
    newer[4] = 3
    #expect(throws: TowerError.self) { try newer.withUnsafeBytes { try TowerModel.decode($0) } }
  }
}
