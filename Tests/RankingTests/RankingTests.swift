import Foundation
import Ranking
import Testing

/// splitmix64, so that a failing seed can be run again.
private struct Random {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
  mutating func float() -> Float { Float(next() >> 40) / Float(1 << 24) }
}

private let hasLibrary = (try? LightGBM.load()) != nil

/// Groups in which feature 0 decides and feature 1 misleads a little.
private func groups(_ count: Int, columns: Int, seed: UInt64) throws -> RankingGroups {
  var random = Random(state: seed)
  var groups = RankingGroups(columns: columns)
  for _ in 0..<count {
    var rows: [Float] = []
    var best: (score: Float, place: Int) = (-1, 0)
    for place in 0..<20 {
      let row = (0..<columns).map { $0 % 3 == 2 ? (random.float() * 5).rounded() : random.float() }
      if row[0] > best.score { best = (row[0], place) }
      rows += row
    }
    try groups.append(rows: rows, labels: (0..<20).map { $0 == best.place ? 3 : 0 })
  }
  return groups
}

@Suite(.serialized) struct LambdaMARTTests {
  private func smallParameters() -> LambdaMARTParameters {
    var parameters = LambdaMARTParameters()
    parameters.rounds = 40
    parameters.minimumRowsInLeaf = 10
    parameters.featureShare = 1
    return parameters
  }

  private func names(_ count: Int) -> [String] { (0..<count).map { "f\($0)" } }

  @Test(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup"))
  func learnsWhatDecidesAndTheForestAgreesToTheBit() throws {
    let all = try groups(200, columns: 12, seed: 3)
    let (train, newest) = all.split(newest: 0.2)
    var rounds = 0
    let model = try LambdaMARTTrainer(parameters: smallParameters()).train(
      train, validation: newest, featureNames: names(12), schemaHash: 7
    ) { progress in
      rounds = progress.round
      return true
    }
    #expect(rounds >= model.trees && model.trees > 0)
    #expect(model.topImportances(1).first?.name == "f0")
    #expect((model.validationNDCG ?? 0) > 0.9)
    let forest = try Forest(text: model.text, columns: 12)
    let reference = try LightGBMPredictor(text: model.text)
    let scratch = Forest.Scratch(columns: 12)
    for count in [0, 1, 63, 64, 65, 500] {
      var random = Random(state: UInt64(count) + 99)
      var rows = (0..<count * 12).map { _ in random.float() * 6 - 0.5 }
      // Values that lie on a cut, and far outside.
      for place in stride(from: 0, to: rows.count, by: 7) { rows[place] = newest.matrix[place] }
      if count > 1 { rows[0] = .greatestFiniteMagnitude }
      var scores = [Double](repeating: -1, count: count)
      forest.score(rows, count: count, stride: 12, scratch: scratch, into: &scores)
      #expect(try scores == reference.predict(rows, rows: count, columns: 12), "\(count) rows")
    }
    let ndcg = newest.ndcg(try reference.predict(newest.matrix, rows: newest.rowCount, columns: 12))
    #expect(abs(ndcg.reduce(0, +) / Double(ndcg.count) - (model.validationNDCG ?? 0)) < 1e-6)
  }

  @Test(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup"))
  func theSameSeedGivesTheSameModelWhateverTheThreads() throws {
    let train = try groups(60, columns: 5, seed: 8)
    var texts: [String] = []
    for threads in [1, 2] {
      var parameters = smallParameters()
      parameters.threads = threads
      let model = try LambdaMARTTrainer(parameters: parameters).train(train, featureNames: names(5), schemaHash: 1)
      texts.append(String(model.text.split(separator: "parameters:")[0]))
    }
    #expect(texts[0] == texts[1])
  }

  @Test(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup"))
  func trainingCanBeCancelled() throws {
    let train = try groups(30, columns: 4, seed: 1)
    #expect(throws: RankingError.self) {
      try LambdaMARTTrainer(parameters: smallParameters()).train(train, featureNames: names(4), schemaHash: 1) {
        $0.round < 3
      }
    }
  }

  @Test func metadataOfOtherFeaturesIsRefused() throws {
    let model = RankerModel(
      text: "", featureNames: ["a"], schemaHash: 5, gains: [1], trees: 1, validationNDCG: 0.5, trainGroups: 1,
      validationGroups: 0)
    let same = try RankerModel(text: "", metadata: model.metadata, schemaHash: 5)
    #expect(same.featureNames == ["a"] && same.validationNDCG == 0.5)
    #expect(throws: RankingError.self) { try RankerModel(text: "", metadata: model.metadata, schemaHash: 6) }
  }
}

@Suite struct RankingGroupsTests {
  @Test func refusesWhatIsNotFiniteAndNamesTheColumn() throws {
    var groups = RankingGroups(columns: 2)
    let error = #expect(throws: RankingError.self) { try groups.append(rows: [0, 1, 2, .nan], labels: [0, 1]) }
    #expect(error?.message.contains("column 1") == true)
    #expect(groups.groupCount == 0)
    #expect(throws: RankingError.self) { try groups.append(rows: [0], labels: [0]) }
  }

  @Test func splitKeepsOrderAndRows() throws {
    let all = try groups(10, columns: 3, seed: 2)
    let (older, newer) = all.split(newest: 0.25)
    #expect(older.groupCount == 8 && newer.groupCount == 2)
    #expect(older.matrix + newer.matrix == all.matrix && older.labels + newer.labels == all.labels)
  }

  @Test func ndcgAgreesWithTheDefinition() throws {
    var groups = RankingGroups(columns: 1)
    try groups.append(rows: [1, 2, 3], labels: [3, 0, 1])
    // Order by score: rows 2, 1, 0 with labels 1, 0, 3.
    let expected = (1 / log2(2.0) + 7 / log2(4.0)) / (7 / log2(2.0) + 1 / log2(3.0))
    #expect(abs(groups.ndcg([1, 2, 3])[0] - expected) < 1e-12)
  }
}

@Suite struct ForestTextTests {
  @Test(arguments: ["Tree=0\nnum_leaves=2\n", "Tree=0\nnum_leaves=2\nnum_cat=0\nleaf_value=1 2\nend of trees\n"])
  func aTornModelIsRefused(text: String) {
    #expect(throws: RankingError.self) { try Forest(text: text, columns: 3) }
  }
}

@Suite struct PromotionGateTests {
  @Test func theFirstRankerIsTakenAndAWorseOneIsNot() {
    let gate = PromotionGate()
    #expect(gate.decide(challenger: [0.1], champion: nil).isPromoted)
    let good = (0..<100).map { Double($0 % 5) / 5 }
    let worse = good.map { $0 * 0.9 }
    #expect(!gate.decide(challenger: worse, champion: good).isPromoted)
    #expect(gate.decide(challenger: good, champion: worse).isPromoted)
    #expect(!gate.decide(challenger: [1], champion: [0]).isPromoted, "one group decides nothing")
  }
}
