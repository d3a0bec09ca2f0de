import Glibc
import Numerics

/// One batch: forward, softmax over each list, backward, descent. Holds the memory of the largest batch.
///
/// Belongs to one training thread.
final class MLPStep {
  private let network: MLPNetwork
  private let parameters: MLPParameters
  private let inputs: UnsafeMutablePointer<Float>
  private let sums: UnsafeMutablePointer<Float>
  private let units: UnsafeMutablePointer<Float>
  private let slopes: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Float>
  private let gradient: UnsafeMutablePointer<Float>

  init(network: MLPNetwork, parameters: MLPParameters, maximumRows: Int) {
    self.network = network
    self.parameters = parameters
    inputs = .allocate(capacity: maximumRows * network.columns)
    sums = .allocate(capacity: maximumRows * network.hidden)
    units = .allocate(capacity: maximumRows * network.hidden)
    slopes = .allocate(capacity: maximumRows * network.hidden)
    scores = .allocate(capacity: maximumRows)
    gradient = .allocate(capacity: network.count)
  }

  deinit {
    inputs.deallocate()
    sums.deallocate()
    units.deallocate()
    slopes.deallocate()
    scores.deallocate()
    gradient.deallocate()
  }

  /// - Returns: the mean loss of the batch's lists before the step.
  func run(
    _ lists: MLPLists, _ chosen: ArraySlice<Int>, _ groups: RankingGroups, _ quantiles: QuantileMap, rate: Float,
    random: inout SeededRandom
  ) -> Float {
    let rows = read(lists, chosen, groups, quantiles)
    forward(rows, random: &random)
    let loss = softmax(lists, chosen)
    backward(rows)
    network.descend(gradient, rate: rate, decay: parameters.weightDecay)
    return loss
  }

  private func read(
    _ lists: MLPLists, _ chosen: ArraySlice<Int>, _ groups: RankingGroups, _ quantiles: QuantileMap
  ) -> Int {
    let columns = network.columns
    return groups.matrix.withUnsafeBufferPointer { matrix in
      guard let matrix = matrix.baseAddress else { return 0 }
      var count = 0
      for list in chosen {
        for place in lists.range(list) {
          quantiles.map(
            matrix + Int(lists.rows[place]) * columns, rows: 1, stride: columns, into: inputs + count * columns)
          count += 1
        }
      }
      return count
    }
  }

  private func forward(_ rows: Int, random: inout SeededRandom) {
    let hidden = network.hidden
    for row in 0..<rows { (sums + row * hidden).update(from: network.biases, count: hidden) }
    Matrices.multiply(
      inputs, lda: network.columns, network.weights, ldb: hidden, m: rows, n: hidden, k: network.columns, beta: 1,
      into: sums, ldc: hidden)
    Activations.silu(sums, into: units, slope: slopes, rows * hidden)
    drop(rows * hidden, random: &random)
    for row in 0..<rows { scores[row] = Vectors.dot(units + row * hidden, network.outputs, hidden) }
  }

  /// Leaves out a share of the units and scales the others, in the units and in their slopes.
  private func drop(_ count: Int, random: inout SeededRandom) {
    // A byte decides a unit: the share is a multiple of 1/256.
    let bound = UInt64((max(0, min(0.9, parameters.dropout)) * 256).rounded())
    guard bound > 0 else { return }
    let scale = 256 / Float(256 - bound)
    var bits: UInt64 = 0
    for place in 0..<count {
      if place & 7 == 0 { bits = random.next() }
      let kept: Float = bits & 0xff >= bound ? scale : 0
      bits >>= 8
      units[place] *= kept
      slopes[place] *= kept
    }
  }

  /// Turns scores into the loss's slopes: (probability - target share) / lists.
  private func softmax(_ lists: MLPLists, _ chosen: ArraySlice<Int>) -> Float {
    let scale = 1 / Float(chosen.count)
    var loss: Float = 0
    var start = 0
    for list in chosen {
      let range = lists.range(list)
      let own = scores + start
      start += range.count
      var largest = -Float.infinity
      var targets: Float = 0
      for (place, row) in range.enumerated() {
        largest = max(largest, own[place])
        if lists.isTarget[row] { targets += 1 }
      }
      var total: Float = 0
      for place in 0..<range.count { total += expf(own[place] - largest) }
      let logTotal = logf(total)
      for (place, row) in range.enumerated() {
        let logShare = own[place] - largest - logTotal
        let wanted = lists.isTarget[row] ? 1 / targets : 0
        loss -= wanted * logShare
        own[place] = (expf(logShare) - wanted) * scale
      }
    }
    return loss * scale
  }

  private func backward(_ rows: Int) {
    let hidden = network.hidden
    let columns = network.columns
    let outputs = network.outputs
    let biasSlopes = gradient + columns * hidden
    biasSlopes.update(repeating: 0, count: hidden)
    Matrices.multiply(
      scores, lda: rows, units, ldb: hidden, m: 1, n: hidden, k: rows, into: gradient + (columns + 1) * hidden,
      ldc: hidden)
    for row in 0..<rows {
      let own = slopes + row * hidden
      let slope = scores[row]
      for unit in 0..<hidden {
        own[unit] *= slope * outputs[unit]
        biasSlopes[unit] += own[unit]
      }
    }
    Matrices.multiply(
      inputs, lda: columns, transposeA: true, slopes, ldb: hidden, m: columns, n: hidden, k: rows, into: gradient,
      ldc: hidden)
  }
}
