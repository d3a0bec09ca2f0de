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

/// Lists as an older ranker laid them out: column 0 is what people like, column 1 that ranker's opinion, which is worth
/// nothing but decides the place, and the place decides who looks.
private struct ShownWorld {
  var random: Random
  static let places = 10

  mutating func list() -> [[Float]] {
    let items = (0..<Self.places).map { _ in (row: [random.float(), random.float()], luck: random.float() * 0.3) }
    return items.sorted { $0.row[1] + $0.luck > $1.row[1] + $1.luck }.map(\.row)
  }

  /// What was taken of a list: liked, and looked at.
  mutating func clicks(_ list: [[Float]]) -> [UInt8] {
    list.enumerated().map { place, row in
      random.float() < row[0] * row[0] && random.float() < 1 / Float(place + 1) ? 3 : 0
    }
  }
}

@Suite struct PositionTests {
  private func trained(_ groups: RankingGroups) throws -> RankerModel {
    var parameters = LambdaMARTParameters()
    parameters.rounds = 60
    parameters.minimumRowsInLeaf = 40
    parameters.featureShare = 1
    return try LambdaMARTTrainer(parameters: parameters).train(groups, featureNames: ["taste", "place"], schemaHash: 1)
  }

  private func groups(_ count: Int, seed: UInt64, withPlaces: Bool) throws -> RankingGroups {
    var world = ShownWorld(random: Random(state: seed))
    var groups = RankingGroups(columns: 2)
    for _ in 0..<count {
      let list = world.list()
      let labels = world.clicks(list)
      guard labels.contains(3) else { continue }
      try groups.append(
        rows: list.flatMap { $0 }, labels: labels, positions: withPlaces ? (1...10).map { UInt8($0) } : [])
    }
    return groups
  }

  /// Mean NDCG@10 against what people really like.
  private func quality(_ model: RankerModel, seed: UInt64) throws -> Double {
    var world = ShownWorld(random: Random(state: seed))
    var truth = RankingGroups(columns: 2)
    for _ in 0..<400 {
      let list = world.list()
      let best = list.map { $0[0] }.max()
      try truth.append(rows: list.flatMap { $0 }, labels: list.map { $0[0] == best ? 3 : 0 })
    }
    let forest = try Forest(text: model.text, columns: 2)
    let scratch = Forest.Scratch(columns: 2)
    var scores = [Double](repeating: 0, count: truth.rowCount)
    truth.matrix.withUnsafeBufferPointer { matrix in
      scores.withUnsafeMutableBufferPointer { scores in
        guard let matrix = matrix.baseAddress, let scores = scores.baseAddress else { return }
        forest.score(matrix, count: truth.rowCount, stride: 2, scratch: scratch, into: scores)
      }
    }
    let measures = truth.ndcg(scores)
    return measures.reduce(0, +) / Double(measures.count)
  }

  @Test(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup"), arguments: [1, 2, 3] as [UInt64])
  func placesAreNotTakenForTaste(seed: UInt64) throws {
    let naive = try quality(trained(groups(3_000, seed: seed, withPlaces: false)), seed: seed + 100)
    let corrected = try quality(trained(groups(3_000, seed: seed, withPlaces: true)), seed: seed + 100)
    print("seed \(seed): NDCG@10 against real taste \(naive) without places, \(corrected) with them")
    #expect(corrected > naive + 0.01, "seed \(seed)")
  }

  @Test(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup"))
  func groupsThatWereNotShownTrainAsBefore() throws {
    let plain = try groups(500, seed: 9, withPlaces: false)
    #expect(plain.positions.isEmpty && plain.unshown.labels == plain.labels)
    // Every row at the same place is as good as no place.
    var same = RankingGroups(columns: 2)
    var start = 0
    for size in plain.sizes {
      let rows = start..<start + Int(size)
      start = rows.upperBound
      try same.append(
        rows: Array(plain.matrix[rows.lowerBound * 2..<rows.upperBound * 2]), labels: Array(plain.labels[rows]),
        positions: [UInt8](repeating: 1, count: Int(size)))
    }
    #expect(try trained(same).text == trained(plain).text)
  }

  @Test func placesStandBesideTheirRows() throws {
    var groups = RankingGroups(columns: 1)
    try groups.append(rows: [1, 2], labels: [3, 0])
    #expect(groups.positions.isEmpty)
    try groups.append(rows: [3, 4, 5], labels: [0, 3, 0], positions: [1, 2, 7])
    try groups.append(rows: [6], labels: [3])
    #expect(groups.positions == [0, 0, 1, 2, 7, 0])
    #expect(
      groups.unshown.matrix == [1, 2, 6] && groups.unshown.labels == [3, 0, 3] && groups.unshown.sizes == [2, 1])
    #expect(groups.split(newest: 0.4).newer.positions == [0])
    #expect(throws: RankingError.self) { try groups.append(rows: [1, 2], labels: [0, 3], positions: [1]) }
  }
}
