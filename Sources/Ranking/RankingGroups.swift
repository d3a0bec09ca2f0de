import Glibc

/// Groups of candidates with graded labels: what a ranker is trained on.
public struct RankingGroups: Sendable {
  /// Grades run from 0 (not liked) to 3 (the target).
  public static let maximumLabel: UInt8 = 3

  /// Features of a row.
  public let columns: Int
  /// `rowCount` x `columns`, row-major.
  public private(set) var matrix: [Float] = []
  public private(set) var labels: [UInt8] = []
  /// Place of each row where its group was shown as a list, from 1; 0 where it was not. Empty where none was.
  public private(set) var positions: [Int32] = []
  /// Rows of each group, oldest group first.
  public private(set) var sizes: [Int32] = []

  public init(columns: Int, reservingRows rows: Int = 0) {
    self.columns = columns
    matrix.reserveCapacity(rows * columns)
    labels.reserveCapacity(rows)
  }

  public var rowCount: Int { labels.count }
  public var groupCount: Int { sizes.count }

  /// Appends one group.
  /// - Parameter positions: places of the rows, from 1, of a list that was shown; empty for another group.
  /// - Throws: `badGroups` where the numbers do not fit, a label is above 3, or a feature is not finite (its column is
  ///   named: a model trained on NaN would not be scored as it was trained).
  public mutating func append(rows: [Float], labels: [UInt8], positions: [UInt8] = []) throws(RankingError) {
    guard rows.count == labels.count * columns else {
      throw RankingError(.badGroups, "\(rows.count) numbers are no \(labels.count) rows of \(columns) features")
    }
    guard positions.isEmpty || positions.count == labels.count else {
      throw RankingError(.badGroups, "\(positions.count) places for \(labels.count) rows")
    }
    guard labels.allSatisfy({ $0 <= Self.maximumLabel }) else {
      throw RankingError(.badGroups, "a label is above \(Self.maximumLabel)")
    }
    if let place = rows.firstIndex(where: { !$0.isFinite }) {
      throw RankingError(
        .badGroups, "feature column \(place % columns) is \(rows[place]): give the feature a default for this case")
    }
    if !positions.isEmpty || !self.positions.isEmpty {
      // Rows before the first shown list have place 0.
      self.positions += [Int32](repeating: 0, count: rowCount - self.positions.count)
      self.positions += positions.isEmpty ? [Int32](repeating: 0, count: labels.count) : positions.map { Int32($0) }
    }
    matrix.append(contentsOf: rows)
    self.labels.append(contentsOf: labels)
    sizes.append(Int32(labels.count))
  }

  /// The groups that were not shown as lists. Without any, itself.
  public var unshown: RankingGroups {
    if positions.isEmpty { return self }
    var part = RankingGroups(columns: columns)
    var start = 0
    for size in sizes {
      let rows = start..<start + Int(size)
      start = rows.upperBound
      guard positions[rows.lowerBound] == 0 else { continue }
      part.matrix += matrix[rows.lowerBound * columns..<rows.upperBound * columns]
      part.labels += labels[rows]
      part.sizes.append(size)
    }
    return part
  }

  /// Splits off the newest groups, at least one on each side where there are two.
  public func split(newest share: Double) -> (older: RankingGroups, newer: RankingGroups) {
    let newer = min(max(1, Int(Double(groupCount) * share)), max(0, groupCount - 1))
    return (slice(0..<groupCount - newer), slice(groupCount - newer..<groupCount))
  }

  private func slice(_ groups: Range<Int>) -> RankingGroups {
    let before = sizes[..<groups.lowerBound].reduce(0) { $0 + Int($1) }
    let rows = sizes[groups].reduce(0) { $0 + Int($1) }
    var part = RankingGroups(columns: columns)
    part.matrix = Array(matrix[before * columns..<(before + rows) * columns])
    part.labels = Array(labels[before..<before + rows])
    if !positions.isEmpty { part.positions = Array(positions[before..<before + rows]) }
    part.sizes = Array(sizes[groups])
    return part
  }

  /// NDCG@`depth` of each group under `scores`, gains 2^label - 1. Groups without a positive label count 0 and should be
  /// left out by the caller.
  public func ndcg(_ scores: [Double], depth: Int = 10) -> [Double] {
    var start = 0
    return sizes.map { size in
      defer { start += Int(size) }
      let order = (start..<start + Int(size)).sorted { (scores[$0], -$0) > (scores[$1], -$1) }
      let ideal = labels[start..<start + Int(size)].sorted(by: >)
      let best = Self.dcg(ideal, depth)
      return best == 0 ? 0 : Self.dcg(order.map { labels[$0] }, depth) / best
    }
  }

  private static func dcg(_ labels: [UInt8], _ depth: Int) -> Double {
    labels.prefix(depth).enumerated().reduce(0) { sum, entry in
      sum + Double((1 << Int(entry.element)) - 1) / Glibc.log2(Double(entry.offset + 2))
    }
  }
}
