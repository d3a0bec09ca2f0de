/// Numbers as MovieLens writes them: unsigned decimals, a point in ratings and in some timestamps.
enum MovieLensNumber {
  /// Digits only; nil for anything else and for more than 18 digits.
  static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
    var value: Int64 = 0
    for byte in bytes {
      guard byte >= 48 && byte <= 57 else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    return value
  }

  /// Digits with at most one point, read exactly to four places.
  static func decimal(_ bytes: UnsafeRawBufferPointer) -> Double? {
    guard let point = bytes.firstIndex(of: 46) else { return integer(bytes).map(Double.init) }
    guard let whole = integer(UnsafeRawBufferPointer(rebasing: bytes[..<point])) else { return nil }
    let places = UnsafeRawBufferPointer(rebasing: bytes[(point + 1)...].prefix(4))
    guard !places.isEmpty else { return Double(whole) }
    guard let fraction = integer(places) else { return nil }
    var scale = 1.0
    for _ in 0..<places.count { scale *= 10 }
    return Double(whole) + Double(fraction) / scale
  }
}
