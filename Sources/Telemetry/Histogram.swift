import Synchronization

/// Counts of observations by size, in buckets with fixed upper limits.
///
/// Safe on any thread; an observation is one atomic increment and one compare-and-swap. The sum is a Double: integer
/// nanoseconds would overflow within a few events when a data set of years ago is replayed.
public final class Histogram: Sendable {
  /// Upper limits, ascending; the last bucket (`+Inf`) is not among them.
  public let bounds: [Double]
  // Proof: the pointer never changes, and what it points to are atomics; freed in deinit, when nobody is left.
  nonisolated(unsafe) private let counts: UnsafeMutablePointer<Atomic<UInt64>>
  private let sum = Atomic<UInt64>(0)
  private let unusable = Atomic<UInt64>(0)

  /// Largest observation that is summed as it is; larger ones count as this, so that one cannot ruin the sum.
  static let maximumObservation = 1e15

  package init(bounds: [Double]) {
    precondition(
      !bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy(<) && bounds.allSatisfy(\.isFinite),
      "bucket limits must be finite and ascending, got \(bounds)")
    self.bounds = bounds
    counts = .allocate(capacity: bounds.count + 1)
    for index in 0...bounds.count { (counts + index).initialize(to: Atomic(0)) }
  }

  deinit {
    counts.deinitialize(count: bounds.count + 1)
    counts.deallocate()
  }

  /// NaN is not a size: it is counted apart and else ignored.
  /// - Complexity: O(buckets); a straight search is the fastest for the twenty that there are.
  public func observe(_ value: Double) {
    guard !value.isNaN else {
      unusable.wrappingAdd(1, ordering: .relaxed)
      return
    }
    var index = 0
    bounds.withUnsafeBufferPointer { while index < $0.count && value > $0[index] { index &+= 1 } }
    counts[index].wrappingAdd(1, ordering: .relaxed)
    let amount = min(max(value, -Self.maximumObservation), Self.maximumObservation)
    var old = sum.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let result = sum.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }

  /// In seconds.
  public func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) * 1e-18)
  }

  /// Observations that were NaN.
  public var unusableObservations: UInt64 { unusable.load(ordering: .relaxed) }

  public func snapshot() -> HistogramSnapshot {
    HistogramSnapshot(
      bounds: bounds, counts: (0...bounds.count).map { counts[$0].load(ordering: .relaxed) },
      sum: Double(bitPattern: sum.load(ordering: .relaxed)))
  }
}

/// A histogram at one instant.
public struct HistogramSnapshot: Sendable, Equatable {
  public let bounds: [Double]
  /// One a bucket, not cumulative; the last is beyond every bound.
  public let counts: [UInt64]
  public let sum: Double

  public var count: UInt64 { counts.reduce(0, &+) }

  /// The value below which the share `q` (0...1) of the observations lies, interpolated within its bucket as PromQL's
  /// `histogram_quantile` does; nil without observations, the last bound when it lies beyond.
  public func quantile(_ q: Double) -> Double? {
    let total = count
    guard total > 0 else { return nil }
    let rank = min(max(q, 0), 1) * Double(total)
    var below: UInt64 = 0
    for (index, count) in counts.enumerated() {
      if count > 0 && Double(below + count) >= rank {
        guard index < bounds.count else { return bounds[bounds.count - 1] }
        let low = index == 0 ? min(0, bounds[0]) : bounds[index - 1]
        return low + (bounds[index] - low) * (rank - Double(below)) / Double(count)
      }
      below += count
    }
    return bounds[bounds.count - 1]
  }

  /// What was observed since an earlier snapshot of the same histogram.
  public func since(_ earlier: HistogramSnapshot) -> HistogramSnapshot {
    precondition(earlier.bounds == bounds, "snapshots of two histograms")
    return HistogramSnapshot(
      bounds: bounds, counts: zip(counts, earlier.counts).map { $0 &- $1 }, sum: sum - earlier.sum)
  }
}
