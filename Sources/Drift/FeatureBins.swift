/// Histogram of one feature: what training saw, in bins of about equal mass.
///
/// Bin i holds the values above `edges[i - 1]` up to and including `edges[i]`; the last but one bin is open above, and
/// the last holds what is not finite. A value that is a tenth of the data or more has a bin of its own, so that a
/// constant feature, or one that is mostly zero, shows each move away from that value.
public struct FeatureBins: Sendable, Equatable {
  /// A regular bin holds at least a tenth of the data: deciles, as the customary thresholds of PSI suppose.
  static let targetShare = 0.1
  /// A tenth of the data makes one edge, or two around a value of its own.
  public static let maximumEdges = 20

  public let name: String
  /// Ascending, finite.
  public let edges: [Float]
  /// Training rows by bin: `edges.count + 2` of them.
  public let counts: [UInt64]

  init(name: String, edges: [Float], counts: [UInt64]) {
    self.name = name
    self.edges = edges
    self.counts = counts
  }

  /// - Parameter sorted: finite values, ascending, at least one. -0 and 0 count as one value.
  /// - Complexity: O(n).
  init(name: String, sorted: [Float]) {
    let target = max(1, (Double(sorted.count) * Self.targetShare).rounded(.up))
    var edges: [Float] = []
    var gathered = 0
    var place = 0
    func cut(_ edge: Float) {
      if edge.isFinite && edges.last.map({ $0 < edge }) ?? true { edges.append(edge) }
    }
    while place < sorted.count {
      let value = sorted[place]
      var end = place + 1
      while end < sorted.count && sorted[end] == value { end += 1 }
      let isAtom = Double(end - place) >= target
      if isAtom {
        cut(value.nextDown)
        cut(value)
        gathered = 0
      } else {
        gathered += end - place
        if Double(gathered) >= target && end < sorted.count {
          cut(value)
          gathered = 0
        }
      }
      place = end
    }
    var counts = [UInt64](repeating: 0, count: edges.count + 2)
    for value in sorted { counts[Self.bin(of: value, edges)] += 1 }
    self.init(name: name, edges: edges, counts: counts)
  }

  /// Where a value falls.
  /// - Complexity: O(log edges).
  @inline(__always) func bin(of value: Float) -> Int { Self.bin(of: value, edges) }

  @inline(__always) private static func bin(of value: Float, _ edges: [Float]) -> Int {
    guard value.isFinite else { return edges.count + 1 }
    var low = 0
    var high = edges.count
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
