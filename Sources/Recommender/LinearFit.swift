import Numerics
import State

/// Fits the linear model on a window of events. Deterministic: the same window gives the same weights.
public struct LinearFit: Sendable {
  /// Ridge added to the diagonal (learning.md, point 5).
  public var ridge: Float = 400
  /// A user's events beyond this many, the oldest first, are left out: the cost is quadratic in them.
  public var maximumUserEvents = 1_000
  /// Items of the model, the most frequent first.
  public var maximumItems = LinearModel.maximumItems

  public init() {}

  /// - Returns: nil for an empty window.
  /// - Throws: `NotPositiveDefinite` where `ridge` is not above 0.
  /// - Complexity: O(sum over users of events^2 + items^3). Memory: one square matrix of doubles beside the
  ///   two of floats that are the model.
  public func fit(_ window: LinearWindow) throws(NotPositiveDefinite) -> LinearModel? {
    let events = window.chronological
    guard !events.isEmpty else { return nil }
    let (places, items) = choose(events)
    let histories = UserHistories(events, places: places, limit: maximumUserEvents)
    return LinearModel(
      places: places, items: items, positive: try weights(histories, items.count, positivesOnly: true),
      all: try weights(histories, items.count, positivesOnly: false),
      meanGrades: meanGrades(events, places, items.count),
      events: events.count)
  }

  /// The most frequent items; equal ones in the order of their indices.
  private func choose(_ events: [LinearWindow.Event]) -> (places: [Int32], items: [ItemIndex]) {
    var counts = [Int](repeating: 0, count: events.reduce(0) { max($0, Int($1.item) + 1) })
    for event in events { counts[Int(event.item)] += 1 }
    let known = counts.indices.filter { counts[$0] > 0 }
    let chosen = known.sorted { counts[$0] == counts[$1] ? $0 < $1 : counts[$0] > counts[$1] }
      .prefix(min(maximumItems, LinearModel.maximumItems)).sorted()
    var places = [Int32](repeating: -1, count: counts.count)
    for (place, item) in chosen.enumerated() { places[item] = Int32(place) }
    return (places, chosen.map { ItemIndex($0) })
  }

  private func meanGrades(_ events: [LinearWindow.Event], _ places: [Int32], _ count: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: count)
    var numbers = [Float](repeating: 0, count: count)
    var total: Double = 0
    for event in events {
      total += Double(event.gradeSteps)
      let place = Int(places[Int(event.item)])
      guard place >= 0 else { continue }
      sums[place] += Float(event.gradeSteps) / Grade.stepsPerUnit
      numbers[place] += 1
    }
    let mean = Float(total / Double(events.count)) / Grade.stepsPerUnit
    return (0..<count).map { (sums[$0] + 5 * mean) / (numbers[$0] + 5) }
  }

  /// B = I - P / diag(P), P the inverse of X'X + ridge * I.
  private func weights(
    _ histories: UserHistories, _ count: Int, positivesOnly: Bool
  ) throws(NotPositiveDefinite) -> [Float] {
    var matrix = [Double](repeating: 0, count: count * count)
    matrix.withUnsafeMutableBufferPointer { matrix in
      guard let base = matrix.baseAddress else { return }
      histories.forEach(positivesOnly: positivesOnly) { items in
        for first in items {
          let row = base + Int(first) * count
          for second in items { row[Int(second)] += 1 }
        }
      }
      for place in 0..<count { base[place * count + place] += Double(ridge) }
    }
    try Matrices.invert(symmetricPositive: &matrix, order: count)
    return [Float](unsafeUninitializedCapacity: count * count) { weights, initialized in
      let scales = (0..<count).map { -1 / matrix[$0 * count + $0] }
      for row in 0..<count {
        for column in 0..<count { weights[row * count + column] = Float(matrix[row * count + column] * scales[column]) }
        weights[row * count + row] = 0
      }
      initialized = count * count
    }
  }
}

/// Each user's distinct items in the window, as places in the model.
private struct UserHistories {
  private struct Meeting {
    var user: UInt64
    var order: Int32
    var place: Int32
    var isPositive: Bool
  }
  private var meetings: [Meeting] = []
  private let limit: Int

  init(_ events: [LinearWindow.Event], places: [Int32], limit: Int) {
    self.limit = limit
    meetings.reserveCapacity(events.count)
    for (order, event) in events.enumerated() where places[Int(event.item)] >= 0 {
      meetings.append(
        Meeting(
          user: event.user, order: Int32(truncatingIfNeeded: order), place: places[Int(event.item)],
          isPositive: event.isPositive))
    }
    meetings.sort { $0.user == $1.user ? $0.order > $1.order : $0.user < $1.user }
  }

  /// Calls `body` with the newest `limit` distinct places of each user.
  func forEach(positivesOnly: Bool, _ body: ([Int32]) -> Void) {
    var places: [Int32] = []
    var start = 0
    while start < meetings.count {
      var end = start
      places.removeAll(keepingCapacity: true)
      while end < meetings.count, meetings[end].user == meetings[start].user {
        if places.count < limit && (meetings[end].isPositive || !positivesOnly) { places.append(meetings[end].place) }
        end += 1
      }
      places.sort()
      var distinct = 0
      for index in places.indices where index == 0 || places[index] != places[distinct - 1] {
        places[distinct] = places[index]
        distinct += 1
      }
      places.removeSubrange(distinct...)
      body(places)
      start = end
    }
  }
}
