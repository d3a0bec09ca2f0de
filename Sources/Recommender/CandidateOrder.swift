import State

/// Candidates by score, the best first; equal scores stand in the order of the items' indices.
///
/// A heap gives as many as are asked for: a list shows twenty of five hundred, and the others need no order. Belongs to one
/// worker thread; its memory is allocated once.
final class CandidateOrder {
  private let heap: UnsafeMutablePointer<Int32>
  /// Places in the table of candidates, as many as the last `arrange` was asked for.
  let places: UnsafeMutablePointer<Int32>

  init(capacity: Int) {
    heap = .allocate(capacity: capacity)
    places = .allocate(capacity: capacity)
  }

  deinit {
    heap.deallocate()
    places.deallocate()
  }

  /// Writes the best `wanted` of `count` candidates into `places`.
  /// - Precondition: `wanted` <= `count`; no score is NaN, no item stands twice.
  /// - Complexity: O(count + wanted * log(count)); no allocation.
  func arrange(
    _ scores: UnsafePointer<Double>, _ items: UnsafePointer<ItemIndex>, count: Int, wanted: Int
  ) {
    for place in 0..<count { heap[place] = Int32(place) }
    for root in stride(from: count / 2 - 1, through: 0, by: -1) { sink(root, count, scores, items) }
    var left = count
    for rank in 0..<wanted {
      places[rank] = heap[0]
      left -= 1
      heap[0] = heap[left]
      sink(0, left, scores, items)
    }
  }

  /// Restores the heap below `root`, where nothing is better than what stands above it.
  private func sink(
    _ root: Int, _ count: Int, _ scores: UnsafePointer<Double>, _ items: UnsafePointer<ItemIndex>
  ) {
    func isBetter(_ first: Int32, _ second: Int32) -> Bool {
      let a = scores[Int(first)]
      let b = scores[Int(second)]
      return a == b ? items[Int(first)] < items[Int(second)] : a > b
    }
    guard root < count else { return }
    let own = heap[root]
    var place = root
    while true {
      var child = 2 * place + 1
      guard child < count else { break }
      if child + 1 < count && isBetter(heap[child + 1], heap[child]) { child += 1 }
      guard isBetter(heap[child], own) else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = own
  }
}
