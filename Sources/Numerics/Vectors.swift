import CKernels

/// Kernels on rows of floats. Pointers are arguments only: no kernel keeps one. Any thread, no allocation.
public enum Vectors {
  /// Sum of x[i] * y[i]; the last bits depend on the CPU's vector width.
  @inline(__always)
  public static func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
    ck_dot(x, y, count)
  }

  /// `out[r]` = dot of `query` with row `rows[r]` of `table`; a negative row gives 0.
  /// - Parameters:
  ///   - count: length of a row.
  ///   - stride: floats from one row to the next.
  public static func dotRows(
    _ query: UnsafePointer<Float>, _ count: Int, table: UnsafePointer<Float>, stride: Int,
    rows: UnsafeBufferPointer<Int32>, into out: UnsafeMutablePointer<Float>
  ) {
    guard let base = rows.baseAddress else { return }
    ck_dot_rows(query, count, table, stride, base, rows.count, out)
  }

  /// y += weight * x.
  public static func add(
    _ weight: Float, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    ck_axpy(weight, x, y, count)
  }

  /// a += x, b += wb * x, in one pass over x. The three rows must not overlap.
  public static func addTwice(
    _ x: UnsafePointer<Float>, _ a: UnsafeMutablePointer<Float>, _ wb: Float, _ b: UnsafeMutablePointer<Float>,
    _ count: Int
  ) {
    ck_axpy2(x, a, wb, b, count)
  }

  /// a += x, b += wb * x, c += wc * x, in one pass over x. The rows must not overlap.
  public static func addThrice(
    _ x: UnsafePointer<Float>, _ a: UnsafeMutablePointer<Float>, _ wb: Float, _ b: UnsafeMutablePointer<Float>,
    _ wc: Float, _ c: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    ck_axpy3(x, a, wb, b, wc, c, count)
  }

  /// a = max(a, x), element by element; a NaN in x leaves a.
  public static func raise(_ a: UnsafeMutablePointer<Float>, to x: UnsafePointer<Float>, _ count: Int) {
    ck_max(x, a, count)
  }

  /// Scales to length 1; a vector of length 0 (or not finite) stays and gives false.
  @discardableResult
  public static func normalise(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
    let square = ck_dot(x, x, count)
    guard square > 0, square.isFinite else { return false }
    let scale = 1 / square.squareRoot()
    for index in 0..<count { x[index] *= scale }
    return true
  }
}
