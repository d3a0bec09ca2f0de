import Glibc
import Numerics
import Testing

/// Columns against the C library's scalar functions: a model trained on one is served by the other, so bits count.
@Suite struct ColumnsTests {
  @Test func log1pHasTheLibrarysBits() {
    // Every 9,973rd float from 0 to infinity, which passes each branch, and the branches' limits.
    var x = stride(from: UInt32(0), through: 0x7f80_0000, by: 9_973).map { Float(bitPattern: $0) }
    for limit in [UInt32(0x2480_0000), 0x3100_0000, 0x3ed4_13d7, 0x5a00_0000, 0x7f80_0000] {
      x += [Float(bitPattern: limit - 1), Float(bitPattern: limit)]
    }
    let expected = x.map { log1pf($0).bitPattern }
    let count = x.count
    x.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { Columns.log1p(base, count) } }
    #expect(x.map(\.bitPattern) == expected)
  }

  @Test func exp2HasTheLibrarysBits() {
    var x = stride(from: UInt32(0x8000_0000), through: 0xff80_0000, by: 9_973).map { Float(bitPattern: $0) }
    x += [-126, (-126 as Float).nextDown, -1, 0]
    let expected = x.map { ($0 < -126 ? 0 : exp2f($0)).bitPattern }
    let count = x.count
    x.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { Columns.exp2(base, count) } }
    #expect(x.map(\.bitPattern) == expected)
  }

  @Test(arguments: [(0, 3), (1, 1), (7, 8), (8, 7), (16, 8), (23, 17), (500, 107)])
  func columnsBecomeRows(rows: Int, columns: Int) {
    func value(_ row: Int, _ column: Int) -> Float {
      if (row + column) % 11 == 3 { return .nan }
      if (row + column) % 13 == 5 { return -.infinity }
      return Float(row * 1_000 + column)
    }
    let values = (0..<columns).map { column in (0..<rows).map { value($0, column) } }
    let fallback = (0..<columns).map { -Float($0) }
    let pointers = values.map { column -> UnsafePointer<Float>? in
      let copy = UnsafeMutablePointer<Float>.allocate(capacity: max(1, rows))
      copy.initialize(from: column, count: rows)
      return UnsafePointer(copy)
    }
    defer { for pointer in pointers { pointer?.deallocate() } }
    var matrix = [Float](repeating: 77, count: rows * columns + 1)
    pointers.withUnsafeBufferPointer { Columns.rows($0, rows: rows, fallback: fallback, into: &matrix) }
    for row in 0..<rows {
      for column in 0..<columns {
        let value = values[column][row]
        #expect(matrix[row * columns + column] == (value.isFinite ? value : fallback[column]))
      }
    }
    #expect(matrix[rows * columns] == 77, "nothing is written behind the matrix")
  }
}
