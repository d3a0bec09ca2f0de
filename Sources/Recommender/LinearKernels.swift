extension LinearScores {
  /// a += x, b += wb * x; one pass over x.
  @inline(__always) static func addTwice(
    _ x: UnsafePointer<Float>, _ wb: Float, _ a: UnsafeMutablePointer<Float>,
    _ b: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for index in 0..<count {
      let value = x[index]
      a[index] += value
      b[index] += wb * value
    }
  }

  /// a += x, b += wb * x, c += wc * x; one pass over x.
  @inline(__always) static func addThrice(
    _ x: UnsafePointer<Float>, _ wb: Float, _ wc: Float, _ a: UnsafeMutablePointer<Float>,
    _ b: UnsafeMutablePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for index in 0..<count {
      let value = x[index]
      a[index] += value
      b[index] += wb * value
      c[index] += wc * value
    }
  }

  /// a = max(a, x).
  @inline(__always) static func raise(_ x: UnsafePointer<Float>, _ a: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count where x[index] > a[index] { a[index] = x[index] }
  }
}
