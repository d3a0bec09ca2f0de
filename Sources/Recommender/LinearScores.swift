import Features
import Numerics

/// What the linear models say for one user: five sums and one maximum over history rows, a dense vector each.
///
/// Belongs to one worker thread; allocates once.
final class LinearScores {
  enum Sum: Int, CaseIterable { case positive, positiveRecent, all, allRecent, allSigned, nearest }

  /// Columns done at a time: six accumulators of 256 floats stay in the first-level cache.
  private static let block = 256
  /// Rows older than this add less than 0.9^80 = 2e-4 of the newest to a recent sum.
  private static let recentRows = 80
  private static let nearestRows = 10

  private let storage: UnsafeMutablePointer<Float>
  /// Places filled by the last `fill`; 0 without a model.
  @exclusivity(unchecked) private(set) var count = 0

  init() {
    storage = .allocate(capacity: Sum.allCases.count * LinearModel.maximumItems)
  }

  deinit { storage.deallocate() }

  func sum(_ sum: Sum) -> UnsafeMutablePointer<Float> { storage + sum.rawValue * LinearModel.maximumItems }

  private struct Row {
    var place: Int
    var likedWeight: Float
    var isLiked: Bool
    var recentWeight: Float
    var signedWeight: Float
    var isNear: Bool
  }
  private var rows: [Row] = []

  /// - Complexity: O(history * items of the model).
  func fill(_ model: LinearModel?, _ history: HistoryView) {
    guard let model else {
      count = 0
      return
    }
    count = model.count
    collect(model, history)
    model.positive.withUnsafeBufferPointer { positive in
      model.all.withUnsafeBufferPointer { all in
        guard let positive = positive.baseAddress, let all = all.baseAddress else { return }
        var start = 0
        while start < count {
          accumulate(positive + start, all + start, start, min(Self.block, count - start))
          start += Self.block
        }
      }
    }
  }

  private func collect(_ model: LinearModel, _ history: HistoryView) {
    rows.removeAll(keepingCapacity: true)
    var recent: Float = 1
    var liked: Float = 1
    var likes = 0
    for age in 0..<history.count {
      let entry = history.entries[age]
      if let place = model.place(entry.item) {
        rows.append(
          Row(
            place: place, likedWeight: likes < Self.recentRows ? liked : 0, isLiked: entry.isLiked,
            recentWeight: age < Self.recentRows ? recent : 0, signedWeight: entry.grade - model.meanGrades[place],
            isNear: age < Self.nearestRows))
        if entry.isLiked {
          likes += 1
          liked *= 0.9
        }
      }
      recent *= 0.9
    }
  }

  private func accumulate(
    _ positive: UnsafePointer<Float>, _ all: UnsafePointer<Float>, _ start: Int, _ width: Int
  ) {
    let sums = storage + start
    let stride = LinearModel.maximumItems
    for index in 0..<Sum.allCases.count { (sums + index * stride).update(repeating: 0, count: width) }
    for row in rows {
      let offset = row.place * count
      if row.isLiked {
        Vectors.addTwice(positive + offset, sums, row.likedWeight, sums + stride, width)
      }
      Vectors.addThrice(
        all + offset, sums + 2 * stride, row.recentWeight, sums + 3 * stride, row.signedWeight, sums + 4 * stride, width
      )
      if row.isNear { Vectors.raise(sums + 5 * stride, to: all + offset, width) }
    }
  }
}
