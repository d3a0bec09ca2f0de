/// Owned floats, 0 at first.
final class FloatBuffer {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(_ count: Int) {
    self.count = count
    base = .allocate(capacity: max(1, count))
    base.initialize(repeating: 0, count: max(1, count))
  }

  deinit { base.deallocate() }

  func clear(_ count: Int) { base.update(repeating: 0, count: count) }
  func copy() -> [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

/// Numbers that are learned, with their gradients and AdamW's two moments.
final class LearnedTable {
  let width: Int
  let values: FloatBuffer
  let gradients: FloatBuffer
  let means: FloatBuffer
  let squares: FloatBuffer

  init(rows: Int, width: Int) {
    self.width = width
    values = FloatBuffer(rows * width)
    gradients = FloatBuffer(rows * width)
    means = FloatBuffer(rows * width)
    squares = FloatBuffer(rows * width)
  }

  func value(_ row: Int) -> UnsafeMutablePointer<Float> { values.base + row * width }
  func gradient(_ row: Int) -> UnsafeMutablePointer<Float> { gradients.base + row * width }
}
