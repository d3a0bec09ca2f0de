import Glibc
import Identity
import Testing

@testable import Towers

/// The backward pass against differences of the forward pass, and the pool against its formula.
@Suite struct GradientTests {
  private func network(_ world: PlantedWorld, _ settings: TowerSettings) -> (TowerNetwork, TowerExamples) {
    var random = TowerRandom(seed: 1)
    let network = TowerNetwork(world.items, settings: settings, from: nil, random: &random)
    var rows = KeyTable(minimumCapacity: 64)
    for (row, key) in world.items.keys.enumerated() { rows.set(key, Int32(row)) }
    return (
      network, TowerExamples(world.window, rowOf: rows, rowCount: world.items.count, settings: PlantedWorld.settings)
    )
  }

  private func loss(_ network: TowerNetwork, _ examples: TowerExamples, _ settings: TowerSettings) -> Double {
    let batch = TowerBatch(network, settings: settings, columnCapacity: network.ownRows)
    for row in 0..<network.ownRows { _ = batch.columns.slot(Int32(row)) }
    var random = TowerRandom(seed: 2)
    let targets = examples.targets.suffix(24).map { (position: Int($0), weight: Float(1)) }
    return batch.run(targets[...], examples, &random) / Double(targets.count)
  }

  @Test func gradientsAreSlopes() {
    let world = PlantedWorld(users: 8, items: 12, events: 8, seed: 7) { user, _ in
      // Two codes of one row, whose gradient counts twice.
      [5, 5 + UInt16(TowerBuckets.profiles), UInt16(20 + user), 0, 0, 0, 0, 0]
    }
    var settings = PlantedWorld.settings
    settings.contentShare = 0
    settings.historyDropout = 0
    let (network, examples) = network(world, settings)
    _ = loss(network, examples, settings)
    var random = TowerRandom(seed: 3)
    let tables = [("core", network.core), ("outputs", network.outputs), ("inputs", network.inputs)]
    // Each further pass adds to them.
    let first = tables.map { $0.1.gradients.copy() }
    for ((name, table), gradients) in zip(tables, first) {
      // The steepest and some others: most of the shared tables are not touched by these few events.
      let steepest = gradients.indices.sorted { abs(gradients[$0]) > abs(gradients[$1]) }.prefix(40)
      let profiles = name == "core" ? (0..<8).map { network.layout.profiles + 5 * settings.dimension + $0 } : []
      for place in Array(steepest) + profiles + (0..<10).map({ _ in random.below(gradients.count) }) {
        let value = table.values.base[place]
        let width: Float = 2e-3
        table.values.base[place] = value + width
        let above = loss(network, examples, settings)
        table.values.base[place] = value - width
        let below = loss(network, examples, settings)
        table.values.base[place] = value
        let slope = Float(above - below) / (2 * width)
        #expect(abs(slope - gradients[place]) < 2e-3 + 0.02 * abs(slope), "\(name) \(place)")
      }
    }
  }

  @Test func thePoolIsItsFormula() {
    let world = PlantedWorld(seed: 8)
    let settings = PlantedWorld.settings
    let (network, _) = network(world, settings)
    var random = TowerRandom(seed: 4)
    for place in network.layout.pooling { network.core.values.base[place] = random.normal() }
    let weights = PoolWeights(network.core.values.base, network.layout)
    let now: Int64 = 2_000_000_000
    for count in [0, 1, 2, 17, 20] {
      let events = (0..<count).map { age in
        TowerEvent(
          row: Int32(random.below(40)), kind: UInt8(random.below(24)), timeMs: now - Int64(age * age) * 700_000)
      }
      var pools = [Float](repeating: 9, count: 32)
      var shares = [Float](repeating: 9, count: max(1, 2 * count))
      UserTower.pool(
        weights, events, count: count, nowMs: now, inputs: network.inputs.values.base, dimension: 16, into: &pools,
        shares: &shares)
      for head in 0..<2 {
        let core = network.core.values.base
        let logits = events.enumerated().map { age, event in
          core[network.layout.ages + head * 48 + Int(TowerBuckets.ageBucket[age])]
            + core[network.layout.gaps + head * 10 + TowerBuckets.gap(now - event.timeMs)]
        }
        let total = 1 + logits.reduce(0) { $0 + expf($1) }
        for place in 0..<16 {
          let expected = zip(events, logits).reduce(Float(0)) { sum, pair in
            sum + expf(pair.1) / total * core[network.layout.kinds + head * 24 + Int(pair.0.kind)]
              * network.inputs.value(Int(pair.0.row))[place]
          }
          #expect(abs(pools[head * 16 + place] - expected) < 1e-4, "count \(count)")
        }
      }
    }
  }

  @Test func bucketsAreMonotone() {
    #expect(TowerBuckets.gap(-5) == 0 && TowerBuckets.gap(999) == 0 && TowerBuckets.gap(.max) == 9)
    #expect(TowerBuckets.ageBucket == TowerBuckets.ageBucket.sorted())
    #expect(Int(TowerBuckets.ageBucket.last ?? 99) < TowerBuckets.ages)
    #expect(
      TowerBuckets.stage(0) == 0 && TowerBuckets.stage(1) == 1 && TowerBuckets.stage(.max) == TowerBuckets.stages - 1)
    #expect(TowerBuckets.year(0).row == TowerBuckets.years - 1)
    for year in [Int16(1), 1_890, 1_999, 2_050, .max] {
      let place = TowerBuckets.year(year)
      #expect(place.row + 1 < TowerBuckets.years && (0..<1).contains(place.share), "\(year)")
    }
  }
}
