import CKernels

/// Elementary functions over whole columns of floats, and columns made rows. Any thread, no allocation.
public enum Columns {
  /// Replaces every x by ln(1 + x); the bits are those of glibc's `log1pf`.
  /// - Precondition: no x is negative.
  public static func log1p(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
    ck_log1p(x, count)
  }

  /// Replaces every x by 2^x, and by 0 below -126; the bits are those of glibc's `exp2f` on the same CPU level.
  /// - Precondition: no x is positive.
  public static func exp2(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
    ck_exp2(x, count)
  }

  /// Writes `columns` columns of `rows` floats as a row-major matrix; what is not finite becomes the column's fallback.
  public static func rows(
    _ columns: UnsafeBufferPointer<UnsafePointer<Float>?>, rows: Int, fallback: UnsafePointer<Float>,
    into matrix: UnsafeMutablePointer<Float>
  ) {
    guard let base = columns.baseAddress else { return }
    ck_rows(base, columns.count, rows, fallback, matrix)
  }
}
