import Numerics

/// Scores with a small network.
///
/// Sendable and shared by threads: immutable; each caller brings its own `Scratch`.
public final class MLPRanker: Sendable {
  /// Rows at a time: inputs and hidden units of a block stay in the first-level cache, and OpenBLAS keeps so small a
  /// product in the calling thread.
  static let block = 32

  /// Memory of one thread.
  public struct Scratch: ~Copyable {
    fileprivate let inputs: UnsafeMutablePointer<Float>
    fileprivate let sums: UnsafeMutablePointer<Float>
    fileprivate let units: UnsafeMutablePointer<Float>
    fileprivate let columns: Int

    /// - Parameter columns: features of a row, as in the model that it will be used with.
    public init(columns: Int) {
      self.columns = columns
      inputs = .allocate(capacity: max(1, columns) * MLPRanker.block)
      sums = .allocate(capacity: MLPModel.maximumHidden * MLPRanker.block)
      units = .allocate(capacity: MLPModel.maximumHidden * MLPRanker.block)
    }

    deinit {
      inputs.deallocate()
      sums.deallocate()
      units.deallocate()
    }
  }

  public let model: MLPModel

  public init(_ model: MLPModel) { self.model = model }

  /// Scores `count` rows of `columns` floats, `stride` floats apart, into `scores`.
  /// - Complexity: O(count * columns * hidden) multiply-adds; allocates nothing.
  /// - Precondition: `scratch` was made for as many columns.
  public func score(
    _ rows: UnsafePointer<Float>, count: Int, stride: Int, scratch: borrowing Scratch,
    into scores: UnsafeMutablePointer<Double>
  ) {
    let columns = model.columns
    let hidden = model.hidden
    precondition(scratch.columns == columns, "a scratch of \(scratch.columns) columns for a network of \(columns)")
    var start = 0
    while start < count {
      let taken = min(Self.block, count - start)
      model.quantiles.map(rows + start * stride, rows: taken, stride: stride, into: scratch.inputs)
      model.biases.withUnsafeBufferPointer { biases in
        guard let biases = biases.baseAddress else { return }
        for row in 0..<taken { (scratch.sums + row * hidden).update(from: biases, count: hidden) }
      }
      Matrices.multiply(
        scratch.inputs, lda: columns, model.inputWeights, ldb: hidden, m: taken, n: hidden, k: columns, beta: 1,
        into: scratch.sums, ldc: hidden)
      Activations.silu(scratch.sums, into: scratch.units, taken * hidden)
      for row in 0..<taken {
        scores[start + row] = Double(Vectors.dot(scratch.units + row * hidden, model.outputWeights, hidden))
      }
      start += taken
    }
  }
}
