import Numerics

/// Trains the small network: softmax over each group's rows, AdamW.
///
/// - Note: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
public struct MLPTrainer: Sendable {
  public let parameters: MLPParameters

  public init(parameters: MLPParameters = MLPParameters()) { self.parameters = parameters }

  /// Deterministic in its arguments on one CPU level.
  /// - Parameter progress: called after each epoch with its number and mean loss; false cancels.
  /// - Throws: `badGroups` where no group has a target, `cancelled` where `progress` said so.
  /// - Complexity: O(epochs * rows * columns * hidden).
  public func train(
    _ groups: RankingGroups, schemaHash: UInt64, progress: (Int, Float) -> Bool = { _, _ in true }
  ) throws(RankingError) -> MLPModel {
    let lists = MLPLists(groups, targetLabel: parameters.targetLabel)
    guard !lists.isEmpty else { throw RankingError(.badGroups, "there is no group with a target to learn from") }
    var random = SeededRandom(seed: parameters.seed)
    let quantiles = Self.quantiles(groups, rows: parameters.quantileRows, random: &random)
    let network = MLPNetwork(
      columns: groups.columns, hidden: min(max(1, parameters.hidden), MLPModel.maximumHidden), random: &random)
    let batch = min(max(1, parameters.batch), lists.count)
    let steps = max(1, lists.count / batch)
    let step = MLPStep(network: network, parameters: parameters, maximumRows: lists.largestBatch(batch))
    var done = 0
    for epoch in 0..<max(1, parameters.epochs) {
      let order = Array(0..<lists.count).shuffled(using: &random)
      var loss: Float = 0
      for index in 0..<steps {
        let remaining = 1 - Float(done) / Float(steps * max(1, parameters.epochs))
        // Constant, then down to 0 over the last fifth.
        let rate = parameters.learningRate * min(1, 5 * remaining)
        loss += step.run(
          lists, order[index * batch..<(index + 1) * batch], groups, quantiles, rate: rate, random: &random)
        done += 1
      }
      guard progress(epoch + 1, loss / Float(steps)) else {
        throw RankingError(.cancelled, "training was cancelled after \(epoch + 1) epochs")
      }
    }
    return network.model(quantiles: quantiles, schemaHash: schemaHash)
  }

  /// Quantiles of each column over `rows` drawn rows.
  private static func quantiles(
    _ groups: RankingGroups, rows: Int, random: inout SeededRandom
  ) -> QuantileMap {
    let drawn = (0..<min(rows, groups.rowCount)).map { _ in random.below(groups.rowCount) }
    var sample = [Float](repeating: 0, count: drawn.count)
    return QuantileMap(
      knots: (0..<groups.columns).map { column in
        for (place, row) in drawn.enumerated() { sample[place] = groups.matrix[row * groups.columns + column] }
        return QuantileMap.knots(of: sample)
      })
  }
}

/// The rows that the softmax runs over, group by group.
struct MLPLists {
  /// Rows of list l: `rows[starts[l]..<starts[l + 1]]`; targets hold 1, the others 0.
  private(set) var rows: [Int32] = []
  private(set) var isTarget: [Bool] = []
  private(set) var starts: [Int32] = [0]

  init(_ groups: RankingGroups, targetLabel: UInt8) {
    var start = 0
    for size in groups.sizes {
      let range = start..<start + Int(size)
      start = range.upperBound
      guard range.contains(where: { groups.labels[$0] >= targetLabel }) else { continue }
      for row in range where groups.labels[row] == 0 || groups.labels[row] >= targetLabel {
        rows.append(Int32(row))
        isTarget.append(groups.labels[row] >= targetLabel)
      }
      starts.append(Int32(rows.count))
    }
  }

  var count: Int { starts.count - 1 }
  var isEmpty: Bool { count == 0 }
  func range(_ list: Int) -> Range<Int> { Int(starts[list])..<Int(starts[list + 1]) }

  /// Rows of `batch` lists at most.
  func largestBatch(_ batch: Int) -> Int {
    (0..<count).map { range($0).count }.sorted(by: >).prefix(batch).reduce(0, +)
  }
}
