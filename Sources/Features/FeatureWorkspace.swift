/// Columns that features compute, and where each column of the matrix lies: working memory of one registry's `fill`.
///
/// Belongs to one worker thread, with its table; allocates when a registry of more features is first met.
final class FeatureWorkspace {
  private let columnStride: Int
  private var storage: UnsafeMutablePointer<Float>
  private var columns: UnsafeMutablePointer<UnsafePointer<Float>?>
  private var capacity = 0

  init(columnStride: Int) {
    self.columnStride = columnStride
    storage = .allocate(capacity: 1)
    columns = .allocate(capacity: 1)
  }

  deinit {
    storage.deallocate()
    columns.deallocate()
  }

  /// Makes room for `count` features.
  func fit(_ count: Int) {
    guard count > capacity else { return }
    storage.deallocate()
    columns.deallocate()
    capacity = count
    storage = .allocate(capacity: columnStride * count)
    columns = .allocate(capacity: count)
  }

  /// The feature's values lie in `stored`.
  @inline(__always) func place(_ feature: Int, at stored: UnsafePointer<Float>) { columns[feature] = stored }

  /// The feature's values will lie in the column that is returned.
  @inline(__always) func own(_ feature: Int) -> UnsafeMutablePointer<Float> {
    let column = storage + feature * columnStride
    columns[feature] = UnsafePointer(column)
    return column
  }

  /// Where the first `count` features' values lie.
  func columns(_ count: Int) -> UnsafeBufferPointer<UnsafePointer<Float>?> {
    UnsafeBufferPointer(start: columns, count: count)
  }
}
