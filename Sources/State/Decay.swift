import Glibc

/// Exponential decay in powers of two.
public enum Decay {
  /// 2^x. Below -126 the result is 0: a count that old is gone, and denormals would slow every later use.
  @inline(__always) public static func exp2(_ x: Float) -> Float {
    x < -126 ? 0 : Glibc.exp2f(x)
  }
}
