import Ranking

/// A ranker of the greatest size that is served: 500 trees of 63 leaves.
enum FullRanker {
  static let candidates = 500

  /// Groups of 50 rows; a few features decide, the others are noise of several kinds.
  static func groups(columns: Int, count: Int = 200) throws -> RankingGroups {
    var random = SplitMix(state: 11)
    var groups = RankingGroups(columns: columns)
    for _ in 0..<count {
      var rows: [Float] = []
      var labels: [UInt8] = []
      for _ in 0..<50 {
        let row = (0..<columns).map { column -> Float in
          let value = Float.random(in: 0..<1, using: &random)
          return column % 3 == 2 ? (value * 20).rounded() : value
        }
        let merit = row[0] * row[1] + 0.5 * row[3] * row[4] + Float.random(in: 0..<0.4, using: &random)
        labels.append(merit > 1.1 ? 3 : merit > 0.9 ? 1 : 0)
        rows += row
      }
      try groups.append(rows: rows, labels: labels)
    }
    return groups
  }

  /// Trains it; some seconds.
  static func train(columns: Int, names: [String], schemaHash: UInt64) throws -> RankerModel {
    try LightGBM.load()
    var parameters = LambdaMARTParameters()
    parameters.leaves = LambdaMARTParameters.maximumLeaves
    parameters.minimumRowsInLeaf = 5
    return try LambdaMARTTrainer(parameters: parameters).train(
      groups(columns: columns), featureNames: names, schemaHash: schemaHash)
  }
}

extension Suite {
  private static let columns = 60

  private struct FullModel: Sendable {
    let model: RankerModel
    let rows: [Float]
  }

  /// Trained once a run, for both.
  private static let fullModel = Result {
    let names = (0..<columns).map { "f\($0)" }
    let model = try FullRanker.train(columns: columns, names: names, schemaHash: 1)
    return FullModel(model: model, rows: Array(try FullRanker.groups(columns: columns, count: 10).matrix))
  }

  static let ranking: [Benchmark] = [
    Benchmark("Forest.score, 500 x 60", versus: "LightGBM predict, 500 x 60", operations: 1) {
      let full = try fullModel.get()
      let scorer = Scorer(try Forest(text: full.model.text, columns: columns))
      return { keep(scorer.score(full.rows)) }
    },
    Benchmark("LightGBM predict, 500 x 60", operations: 1) {
      let full = try fullModel.get()
      let predictor = try LightGBMPredictor(text: full.model.text)
      return {
        let scores = try predictor.predict(full.rows, rows: FullRanker.candidates, columns: columns)
        keep(scores[0].bitPattern)
      }
    },
  ]

  /// A closure cannot capture a scratch that is not copyable.
  private final class Scorer {
    private let forest: Forest
    private let scratch: Forest.Scratch
    private var scores = [Double](repeating: 0, count: FullRanker.candidates)

    init(_ forest: Forest) {
      self.forest = forest
      scratch = Forest.Scratch(columns: forest.columns)
    }

    func score(_ rows: [Float]) -> UInt64 {
      forest.score(
        rows, count: FullRanker.candidates, stride: forest.columns, scratch: scratch, into: &scores)
      return scores[0].bitPattern
    }
  }
}
