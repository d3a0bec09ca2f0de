import Foundation
import Numerics
import Ranking
import Testing

/// splitmix64, so that a failing seed can be run again.
private struct Random {
  var state: UInt64
  mutating func float() -> Float {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return Float((x ^ (x >> 31)) >> 40) / Float(1 << 24)
  }
}

/// Groups whose best row has the largest sum of features 0 and 1; labels 1 are rows that must not count as negatives.
private func groups(_ count: Int, columns: Int, seed: UInt64) throws -> RankingGroups {
  var random = Random(state: seed)
  var groups = RankingGroups(columns: columns)
  for _ in 0..<count {
    let rows = (0..<20).map { _ in (0..<columns).map { _ in random.float() } }
    let best = rows.indices.max { rows[$0][0] + rows[$0][1] < rows[$1][0] + rows[$1][1] } ?? 0
    try groups.append(rows: rows.flatMap { $0 }, labels: rows.indices.map { $0 == best ? 3 : ($0 == 7 ? 1 : 0) })
  }
  return groups
}

@Suite struct MLPTests {
  private func parameters(seed: UInt64 = 1) -> MLPParameters {
    var parameters = MLPParameters()
    parameters.hidden = 16
    // Some hundred steps on so few groups.
    parameters.batch = 16
    parameters.learningRate = 0.01
    parameters.seed = seed
    return parameters
  }

  private func scores(_ model: MLPModel, _ groups: RankingGroups) -> [Double] {
    var scores = [Double](repeating: 0, count: groups.rowCount)
    let scratch = MLPRanker.Scratch(columns: groups.columns)
    MLPRanker(model).score(
      groups.matrix, count: groups.rowCount, stride: groups.columns, scratch: scratch, into: &scores)
    return scores
  }

  @Test func learnsTheOrderAndTheLossFalls() throws {
    let train = try groups(400, columns: 6, seed: 5)
    let fresh = try groups(100, columns: 6, seed: 6)
    var losses: [Float] = []
    let model = try MLPTrainer(parameters: parameters()).train(train, schemaHash: 7) { _, loss in
      losses.append(loss)
      return true
    }
    #expect(losses.count == 10 && losses[9] < 0.6 * losses[0], "\(losses)")
    let ndcg = fresh.ndcg(scores(model, fresh)).reduce(0, +) / 100
    #expect(ndcg > 0.85, "NDCG \(ndcg)")
  }

  @Test func theSameSeedGivesTheSameNetwork() throws {
    let train = try groups(100, columns: 5, seed: 8)
    let first = try MLPTrainer(parameters: parameters()).train(train, schemaHash: 7)
    let again = try MLPTrainer(parameters: parameters()).train(train, schemaHash: 7)
    let other = try MLPTrainer(parameters: parameters(seed: 2)).train(train, schemaHash: 7)
    #expect(first == again)
    #expect(first != other)
  }

  @Test func scoresEqualANaiveForwardPass() throws {
    let model = try MLPTrainer(parameters: parameters()).train(try groups(60, columns: 5, seed: 9), schemaHash: 7)
    let fresh = try groups(9, columns: 5, seed: 10)
    let found = scores(model, fresh)
    for row in 0..<fresh.rowCount {
      let inputs = (0..<5).map { column in
        naivePlace(fresh.matrix[row * 5 + column], model.quantiles.knots[column])
      }
      var expected = 0.0
      for unit in 0..<model.hidden {
        var sum = Double(model.biases[unit])
        for column in 0..<5 { sum += inputs[column] * Double(model.inputWeights[column * model.hidden + unit]) }
        expected += sum / (1 + exp(-sum)) * Double(model.outputWeights[unit])
      }
      #expect(abs(found[row] - expected) < 1e-4, "row \(row)")
    }
  }

  private func naivePlace(_ value: Float, _ knots: [Float]) -> Double {
    guard knots.count > 1 else { return 0 }
    if value <= knots[0] { return -1 }
    for place in 1..<knots.count where value <= knots[place] {
      let share = Double(value - knots[place - 1]) / Double(knots[place] - knots[place - 1])
      return -1 + 2 * (Double(place - 1) + share) / Double(knots.count - 1)
    }
    return 1
  }

  @Test func itsBytesAreReadBackAndBadOnesAreRefused() throws {
    let model = try MLPTrainer(parameters: parameters()).train(try groups(60, columns: 5, seed: 11), schemaHash: 7)
    #expect(try MLPModel(bytes: model.bytes, schemaHash: 7) == model)
    #expect(throws: RankingError.self) { try MLPModel(bytes: model.bytes, schemaHash: 8) }
    for length in [0, 5, 12, 30, model.bytes.count - 1] {
      #expect(throws: RankingError.self) { try MLPModel(bytes: Array(model.bytes.prefix(length)), schemaHash: 7) }
    }
    #expect(throws: RankingError.self) { try MLPModel(bytes: model.bytes + [0], schemaHash: 7) }
    var torn = model.bytes
    torn.replaceSubrange(torn.count - 4..<torn.count, with: [0, 0, 0xC0, 0x7F])
    #expect(throws: RankingError.self) { try MLPModel(bytes: torn, schemaHash: 7) }
  }

  @Test func groupsWithoutATargetAreRefusedAndProgressCancels() throws {
    var none = RankingGroups(columns: 2)
    try none.append(rows: [0, 1, 1, 0], labels: [0, 1])
    #expect(throws: RankingError.self) { try MLPTrainer().train(none, schemaHash: 0) }
    let train = try groups(60, columns: 5, seed: 12)
    #expect(throws: RankingError.self) { try MLPTrainer().train(train, schemaHash: 0) { _, _ in false } }
  }
}

@Suite struct QuantileMapTests {
  @Test func aColumnOfOneValueSaysNothing() {
    let map = QuantileMap(knots: [[], [3], QuantileMap.knots(of: [1, 1, 2, 2, 9])])
    var out = [Float](repeating: 9, count: 6)
    map.map([5, 3, 1, -100, 4, 100], rows: 2, stride: 3, into: &out)
    #expect(out == [0, 0, -1, 0, 0, 1])
  }

  @Test func knotsThatNearlyTouchGiveNumbers() {
    // By Double: literals of Float below its normal numbers are refused by the compiler.
    let knots = [0, 1e-44, 1e-41, 3e-39, 1e-20, 0.5].map { Float($0) }
    let map = QuantileMap(knots: [knots])
    let values = knots + [2e-44, 5e-42, 1e-38, 1e-30, 0.1, 7, -7].map { Float($0) }
    var out = [Float](repeating: .nan, count: values.count)
    map.map(values, rows: values.count, stride: 1, into: &out)
    #expect(out.allSatisfy { $0 >= -1 && $0 <= 1 })
    for place in knots.indices { #expect(abs(out[place] - (-1 + 2 * Float(place) / 5)) < 1e-6) }
  }

  @Test(arguments: [1, 2, 63, 64, 65, 5_000]) func mapsItsSampleEvenly(count: Int) {
    var random = Random(state: UInt64(count))
    let sample = (0..<count).map { _ in random.float() * 100 - 50 }
    let map = QuantileMap(knots: [QuantileMap.knots(of: sample)])
    #expect(map.knots[0].count <= QuantileMap.maximumKnots)
    var out = [Float](repeating: 0, count: count)
    map.map(sample, rows: count, stride: 1, into: &out)
    #expect(out.allSatisfy { $0 >= -1 && $0 <= 1 })
    let mean = out.reduce(0, +) / Float(count)
    #expect(count < 1_000 || abs(mean) < 0.05)
  }
}
