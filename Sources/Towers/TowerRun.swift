import Glibc
import Numerics

/// One training: batches, columns, steps.
final class TowerRun {
  private let network: TowerNetwork
  private let examples: TowerExamples
  private let settings: TowerSettings
  private let batch: TowerBatch
  private let isFull: Bool
  private var steps = 0
  /// Share of each row among the targets.
  private var popularity: [Float]

  init(_ network: TowerNetwork, _ examples: TowerExamples, settings: TowerSettings) {
    self.network = network
    self.examples = examples
    self.settings = settings
    isFull = network.ownRows <= settings.fullSoftmaxItems
    let capacity = isFull ? network.ownRows : min(network.ownRows, settings.batch + settings.sampledItems)
    batch = TowerBatch(network, settings: settings, columnCapacity: capacity)
    popularity = Array(repeating: 0, count: network.ownRows)
    for target in examples.targets { popularity[Int(examples.rows[Int(target)])] += 1 / Float(examples.targets.count) }
    if isFull { for row in 0..<network.ownRows { _ = batch.columns.slot(Int32(row)) } }
  }

  func train(
    _ schedule: TowerSchedule, _ random: inout TowerRandom, _ progress: (TowerProgress) -> Bool
  ) throws(TowerError) {
    let total = schedule.epochs * ((schedule.visits + settings.batch - 1) / settings.batch)
    for epoch in 0..<schedule.epochs {
      let order = schedule.order(examples, &random)
      var loss = 0.0
      for start in stride(from: 0, to: order.count, by: settings.batch) {
        let chosen = order[start..<min(order.count, start + settings.batch)].map {
          (position: Int(examples.targets[Int($0)]), weight: examples.weights[Int($0)])
        }
        if !isFull { drawColumns(chosen, &random) }
        loss += batch.run(chosen[...], examples, &random)
        steps += 1
        step(remaining: 1 - Float(steps) / Float(total))
        let state = TowerProgress(
          epoch: epoch, epochs: schedule.epochs, share: Double(steps) / Double(total),
          loss: loss / Double(start + chosen.count))
        guard loss.isFinite else {
          throw TowerError(.diverged, "the towers' loss is not finite; lower the learning rate of the towers")
        }
        guard progress(state) else { throw TowerError(.cancelled, "the towers' training was cancelled") }
      }
    }
  }

  /// The batch's targets, and a uniform sample; each column's logit loses the logarithm of its chance to be there.
  private func drawColumns(_ chosen: [(position: Int, weight: Float)], _ random: inout TowerRandom) {
    batch.columns.removeAll()
    for target in chosen { _ = batch.columns.slot(examples.rows[target.position]) }
    let wanted = min(network.ownRows, chosen.count + settings.sampledItems)
    for _ in 0..<settings.sampledItems where batch.columns.count < wanted {
      _ = batch.columns.slot(Int32(random.below(network.ownRows)))
    }
    let uniform = Float(settings.sampledItems) / Float(network.ownRows)
    batch.corrections = batch.columns.rows.map { row in
      let asTarget = 1 - powf(1 - min(0.999, popularity[Int(row)]), Float(chosen.count))
      let asSample = 1 - expf(-uniform)
      return -logf(asTarget + asSample - asTarget * asSample)
    }
  }

  /// One step of AdamW over what the batch touched. The rate falls in a line to a tenth.
  private func step(remaining: Float) {
    let corrected = sqrtf(1 - powf(0.999, Float(steps))) / (1 - powf(0.9, Float(steps)))
    let learning = settings.learningRate * (0.1 + 0.9 * remaining)
    let rate = learning * corrected
    let decay = learning * settings.weightDecay
    let core = network.core
    adam(core, from: 0, count: core.values.count, rate: rate, decay: 0)
    for row in batch.touchedOutputs {
      adam(network.outputs, from: Int(row) * settings.dimension, count: settings.dimension, rate: rate, decay: decay)
    }
    for row in batch.touchedInputs {
      adam(network.inputs, from: Int(row) * settings.dimension, count: settings.dimension, rate: rate, decay: decay)
    }
  }

  private func adam(_ table: LearnedTable, from start: Int, count: Int, rate: Float, decay: Float) {
    Vectors.adam(
      table.values.base + start, gradient: table.gradients.base + start, mean: table.means.base + start,
      square: table.squares.base + start, count, rate: rate, decay: decay)
  }
}
