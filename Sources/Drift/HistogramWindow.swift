/// Served vectors counted in the bins of a reference. A value; windows of several threads or processes are merged.
public struct HistogramWindow: Sendable {
  public let reference: ReferenceHistograms
  /// Rows counted.
  public private(set) var samples = 0
  /// Requests that they came from: rows of one request share the user's features.
  public private(set) var draws = 0
  /// Bins of all features, one after the other.
  private var counts: [UInt64]
  private let starts: [Int]

  public init(_ reference: ReferenceHistograms) {
    self.reference = reference
    var starts = [0]
    for feature in reference.features { starts.append(starts[starts.count - 1] + feature.counts.count) }
    self.starts = starts
    counts = [UInt64](repeating: 0, count: starts[starts.count - 1])
  }

  /// Served rows of a feature by bin.
  public func counts(of feature: Int) -> ArraySlice<UInt64> { counts[starts[feature]..<starts[feature + 1]] }

  /// Counts one row: one value for each feature of the reference, the prediction last where there is one.
  /// - Parameter startsDraw: false for a further row of the same request.
  /// - Complexity: O(features * log bins).
  public mutating func add(_ row: UnsafePointer<Float>, startsDraw: Bool = true) {
    for (column, feature) in reference.features.enumerated() {
      counts[starts[column] + feature.bin(of: row[column])] += 1
    }
    samples += 1
    if startsDraw { draws += 1 }
  }

  /// Counts what a sampler gathered.
  /// - Precondition: the sampler was made for as many columns.
  public mutating func add(_ served: ServedSample) {
    precondition(
      served.columns == reference.features.count,
      "a sample of \(served.columns) columns for a reference of \(reference.features.count)")
    served.rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      for row in 0..<served.count { add(base + row * served.columns, startsDraw: false) }
    }
    draws += served.draws
  }

  /// Adds the counts of a window of the same reference.
  public mutating func merge(_ other: HistogramWindow) {
    precondition(other.starts == starts, "windows of different references cannot be merged")
    for place in counts.indices { counts[place] += other.counts[place] }
    samples += other.samples
    draws += other.draws
  }
}
