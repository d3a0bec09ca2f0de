import Numerics

/// The weights while they are trained, in one block so that one loop updates all: input weights, biases, output weights.
///
/// Belongs to one training thread.
final class MLPNetwork {
  let columns: Int
  let hidden: Int
  let count: Int
  let weights: UnsafeMutablePointer<Float>
  private let means: UnsafeMutablePointer<Float>
  private let squares: UnsafeMutablePointer<Float>
  private var steps = 0

  /// Uniform weights in +-1/sqrt(inputs of the layer).
  init(columns: Int, hidden: Int, random: inout SeededRandom) {
    self.columns = columns
    self.hidden = hidden
    count = columns * hidden + 2 * hidden
    weights = .allocate(capacity: count)
    means = .allocate(capacity: count)
    squares = .allocate(capacity: count)
    means.initialize(repeating: 0, count: count)
    squares.initialize(repeating: 0, count: count)
    let input = 1 / Float(max(1, columns)).squareRoot()
    let output = 1 / Float(max(1, hidden)).squareRoot()
    for place in 0..<count { weights[place] = random.symmetric() * (place < (columns + 1) * hidden ? input : output) }
  }

  deinit {
    weights.deallocate()
    means.deallocate()
    squares.deallocate()
  }

  var biases: UnsafeMutablePointer<Float> { weights + columns * hidden }
  var outputs: UnsafeMutablePointer<Float> { weights + (columns + 1) * hidden }

  /// One step of AdamW against `gradient`, laid out as the weights are.
  func descend(_ gradient: UnsafePointer<Float>, rate: Float, decay: Float) {
    steps += 1
    let first: Float = 0.9
    let second: Float = 0.999
    let meanScale = 1 / (1 - power(first, steps))
    let squareScale = 1 / (1 - power(second, steps))
    for place in 0..<count {
      let slope = gradient[place]
      means[place] = first * means[place] + (1 - first) * slope
      squares[place] = second * squares[place] + (1 - second) * slope * slope
      let step = means[place] * meanScale / ((squares[place] * squareScale).squareRoot() + 1e-8)
      weights[place] -= rate * (decay * weights[place] + step)
    }
  }

  private func power(_ base: Float, _ exponent: Int) -> Float {
    var result: Double = 1
    // Beyond 20,000 steps both powers are below a double's resolution of 1.
    for _ in 0..<min(exponent, 20_000) { result *= Double(base) }
    return Float(result)
  }

  func model(quantiles: QuantileMap, schemaHash: UInt64) -> MLPModel {
    func copy(_ base: UnsafeMutablePointer<Float>, _ count: Int) -> [Float] {
      Array(UnsafeBufferPointer(start: base, count: count))
    }
    return MLPModel(
      quantiles: quantiles, inputWeights: copy(weights, columns * hidden), biases: copy(biases, hidden),
      outputWeights: copy(outputs, hidden), schemaHash: schemaHash)
  }
}
