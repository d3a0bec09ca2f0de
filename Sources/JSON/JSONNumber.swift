import CJSON

/// Decimal text to Double.
public enum JSONNumber {
  /// Rounds correctly; infinity when too large, zero when too small; nil when the bytes are not a number.
  public static func double(_ text: UnsafeRawBufferPointer) -> Double? {
    guard let base = text.baseAddress, text.count > 0 else { return nil }
    var value = 0.0
    let isNumber = cjson_double(base.assumingMemoryBound(to: CChar.self), text.count, &value)
    return isNumber == 1 ? value : nil
  }
}
