import CForest

/// A forest compiled for scoring: the same sums as LightGBM's own prediction, bit for bit, some ten times faster.
///
/// Rows are quantised once to one byte a feature; then each tree is evaluated for 64 rows at once, without a branch
/// (native.md section 8). Features must be finite.
// Proof of Sendable: immutable after `init`; each caller brings its own `Scratch`.
public final class Forest: @unchecked Sendable {
  /// Memory of one thread.
  public struct Scratch: ~Copyable {
    fileprivate let bins: UnsafeMutablePointer<UInt8>
    fileprivate let sums: UnsafeMutablePointer<Double>
    fileprivate let columns: Int

    /// - Parameter columns: features of a row, as in the forest that it will be used with.
    public init(columns: Int) {
      self.columns = columns
      bins = .allocate(capacity: max(1, columns) * Forest.block)
      bins.initialize(repeating: 0, count: max(1, columns) * Forest.block)
      sums = .allocate(capacity: Forest.block)
      sums.initialize(repeating: 0, count: Forest.block)
    }

    deinit {
      bins.deallocate()
      sums.deallocate()
    }
  }

  static let block = Int(CFOREST_BLOCK)

  public let columns: Int
  public let treeCount: Int
  private let cuts: [Float]
  private let cutStarts: [UInt32]
  private let storage: ForestStorage

  /// Compiles a model's text.
  /// - Throws: `badModel` for what this scorer does not handle: categorical or linear trees, zero as missing, more than
  ///   64 leaves, more than 255 cuts of a feature.
  public init(text: String, columns: Int) throws(RankingError) {
    let trees = try ForestText.parse(text, columns: columns)
    self.columns = columns
    treeCount = trees.count
    let table = try Self.cutTable(trees, columns: columns)
    cuts = table.flatMap { $0 }
    var starts: [UInt32] = [0]
    for column in table { starts.append(starts[starts.count - 1] + UInt32(column.count)) }
    cutStarts = starts
    storage = try ForestStorage(trees, cuts: table)
  }

  /// Distinct thresholds of each feature, ascending, as floats.
  private static func cutTable(_ trees: [ParsedTree], columns: Int) throws(RankingError) -> [[Float]] {
    var sets = [Set<Float>](repeating: [], count: columns)
    for tree in trees {
      for (feature, threshold) in zip(tree.features, tree.thresholds) {
        sets[feature].insert(ForestStorage.floor(threshold))
      }
    }
    if let column = sets.firstIndex(where: { $0.count > Int(CFOREST_MAXIMUM_CUTS) }) {
      throw RankingError(
        .badModel, "feature \(column) has \(sets[column].count) cuts, more than 255: train with max_bin of at most 255")
    }
    return sets.map { $0.sorted() }
  }

  /// Scores `count` rows of `columns` floats, `stride` floats apart, into `scores`.
  /// - Complexity: O(rows * (cuts + nodes)) in byte operations, 64 rows at a time.
  /// - Precondition: `scratch` was made for as many columns.
  public func score(
    _ rows: UnsafePointer<Float>, count: Int, stride: Int, scratch: borrowing Scratch,
    into scores: UnsafeMutablePointer<Double>
  ) {
    precondition(scratch.columns == columns, "a scratch of \(scratch.columns) columns for a forest of \(columns)")
    var start = 0
    while start < count {
      let taken = min(Self.block, count - start)
      cforest_quantise(rows + start * stride, taken, stride, columns, cuts, cutStarts, scratch.bins)
      scratch.sums.update(repeating: 0, count: Self.block)
      cforest_sum(storage.trees, treeCount, scratch.bins, scratch.sums)
      (scores + start).update(from: scratch.sums, count: taken)
      start += taken
    }
  }
}

/// The trees in the memory that the C kernel reads. Owns it; immutable after `init`.
private final class ForestStorage {
  let trees: UnsafeMutablePointer<cforest_tree>
  private var blocks: [UnsafeMutableRawPointer] = []

  init(_ parsed: [ParsedTree], cuts: [[Float]]) throws(RankingError) {
    trees = .allocate(capacity: max(1, parsed.count))
    for (number, tree) in parsed.enumerated() {
      guard tree.leaves.count <= Int(CFOREST_MAXIMUM_LEAVES) else {
        throw RankingError(.badModel, "tree \(number) has \(tree.leaves.count) leaves, more than 64")
      }
      let bins = zip(tree.features, tree.thresholds).map { feature, threshold in
        UInt8(Self.place(Self.floor(threshold), in: cuts[feature]))
      }
      (trees + number).initialize(
        to: cforest_tree(
          nodes: Int32(tree.features.count), feature: keep(tree.features.map { UInt16($0) }), bin: keep(bins),
          left: keep(tree.left.map { Int16($0) }), right: keep(tree.right.map { Int16($0) }), leaf: keep(tree.leaves)))
    }
  }

  deinit {
    trees.deallocate()
    for block in blocks { block.deallocate() }
  }

  private func keep<T: BitwiseCopyable>(_ values: [T]) -> UnsafePointer<T> {
    let copy = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
    copy.initialize(from: values, count: values.count)
    blocks.append(UnsafeMutableRawPointer(copy))
    return UnsafePointer(copy)
  }

  /// The largest float that is not above `threshold`: for a float x, x <= threshold if and only if x <= floor.
  static func floor(_ threshold: Double) -> Float {
    let nearest = Float(threshold)
    return Double(nearest) > threshold ? nearest.nextDown : nearest
  }

  private static func place(_ cut: Float, in cuts: [Float]) -> Int {
    var low = 0
    var high = cuts.count
    while low < high {
      let middle = (low + high) / 2
      if cuts[middle] < cut { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
