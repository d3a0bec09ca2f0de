import Glibc

/// Numbers in fixed text forms, without Foundation.
enum NumberText {
  /// `places` digits behind the point.
  static func fixed(_ value: Double, _ places: Int) -> String { format("%.\(places)f", value) }

  /// Up to six significant digits, as C's %.6g.
  static func short(_ value: Double) -> String { format("%.6g", value) }

  private static func format(_ form: String, _ value: Double) -> String {
    // 32 bytes hold what %g makes; %f of a measure or of seconds stays far below.
    var buffer = [CChar](repeating: 0, count: 64)
    let written = withVaList([value]) { vsnprintf(&buffer, buffer.count, form, $0) }
    return String(decoding: buffer.prefix(Int(max(0, min(written, 63)))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
