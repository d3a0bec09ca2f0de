import CKernels

/// Element-wise maps of small networks. Any thread, no allocation.
public enum Activations {
  /// h = z / (1 + e^-z) (SiLU), and its derivative where `slope` is given. The arrays must not overlap.
  public static func silu(
    _ z: UnsafePointer<Float>, into h: UnsafeMutablePointer<Float>, slope: UnsafeMutablePointer<Float>? = nil,
    _ count: Int
  ) {
    ck_silu(z, h, slope, count)
  }
}

/// One piecewise linear map a column: what takes a feature to its place among its quantiles.
public struct QuantileMap: Sendable, Equatable {
  /// Knots of a column at most.
  public static let maximumKnots = Int(CK_KNOTS)

  public let columns: Int
  /// Ascending distinct knots of each column, at most `maximumKnots`.
  public let knots: [[Float]]
  private let table: [Float]

  /// The first knot of a column maps to -1, the last to 1, the others lie evenly between; a column of one knot or none
  /// maps to 0.
  /// - Precondition: knots ascend strictly and are finite.
  public init(knots: [[Float]]) {
    self.knots = knots
    columns = knots.count
    var table: [Float] = []
    table.reserveCapacity(columns * 3 * Self.maximumKnots)
    for column in knots {
      precondition(column.count <= Self.maximumKnots, "\(column.count) knots, more than \(Self.maximumKnots)")
      precondition(zip(column, column.dropFirst()).allSatisfy { $0 < $1 }, "knots must ascend")
      let used = column.count < 2 ? [0] : column
      let rest = Self.maximumKnots - used.count
      let step = used.count < 2 ? 0 : 2 / Float(used.count - 1)
      table += used + [Float](repeating: .infinity, count: rest)
      table += used.indices.map { used.count < 2 ? 0 : -1 + Float($0) * step } + [Float](repeating: 0, count: rest)
      // Knots may lie closer than 1e-38; a slope of infinity would make NaN of a value that is a knot.
      table += used.indices.map {
        $0 + 1 < used.count ? min(step / (used[$0 + 1] - used[$0]), .greatestFiniteMagnitude) : 0
      }
      table += [Float](repeating: 0, count: rest)
    }
    self.table = table
  }

  /// Knots at evenly spaced ranks of `sample`, equal ones once.
  public static func knots(of sample: [Float]) -> [Float] {
    guard !sample.isEmpty else { return [] }
    let sorted = sample.sorted()
    var knots: [Float] = []
    for place in 0..<maximumKnots {
      let value = sorted[place * (sorted.count - 1) / (maximumKnots - 1)]
      if knots.last.map({ $0 < value }) ?? true { knots.append(value) }
    }
    return knots
  }

  /// Maps `rows` rows of `columns` floats, `stride` floats apart, to `rows` x `columns` floats in -1...1.
  /// - Complexity: six comparisons a number.
  public func map(
    _ x: UnsafePointer<Float>, rows: Int, stride: Int, into out: UnsafeMutablePointer<Float>
  ) {
    ck_interpolate(x, rows, stride, columns, table, out)
  }
}
