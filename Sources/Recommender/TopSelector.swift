import State

/// The best few of many scored items, by a bounded heap: most items are turned away by one comparison.
///
/// Belongs to one worker thread. Ties stay with what came first.
final class TopSelector {
  /// The largest budget of any source.
  static let maximum = 512

  // Read for each item that a source looks at, by the one thread that owns the selector: checking each access for an
  // overlap that cannot be would take longer than the comparison.
  @exclusivity(unchecked) private(set) var count = 0
  @exclusivity(unchecked) private var limit = 0
  private let scores: UnsafeMutablePointer<Float>
  private let items: UnsafeMutablePointer<ItemIndex>

  init() {
    scores = .allocate(capacity: Self.maximum)
    items = .allocate(capacity: Self.maximum)
  }

  deinit {
    scores.deallocate()
    items.deallocate()
  }

  func begin(limit: Int) {
    precondition(limit <= Self.maximum, "a source's budget is at most \(Self.maximum), got \(limit)")
    self.limit = limit
    count = 0
  }

  /// What a score must exceed to be kept.
  var threshold: Float { count < limit ? -.infinity : (limit == 0 ? .infinity : scores[0]) }

  func offer(_ item: ItemIndex, _ score: Float) {
    guard score > threshold else { return }
    if count < limit {
      var place = count
      count += 1
      while place > 0, scores[(place - 1) / 2] > score {
        scores[place] = scores[(place - 1) / 2]
        items[place] = items[(place - 1) / 2]
        place = (place - 1) / 2
      }
      scores[place] = score
      items[place] = item
      return
    }
    sink(item, score)
  }

  private func sink(_ item: ItemIndex, _ score: Float) {
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < count else { break }
      if child + 1 < count && scores[child + 1] < scores[child] { child += 1 }
      guard scores[child] < score else { break }
      scores[place] = scores[child]
      items[place] = items[child]
      place = child
    }
    scores[place] = score
    items[place] = item
  }

  /// The kept items, in no order.
  func item(_ place: Int) -> ItemIndex { items[place] }
}
