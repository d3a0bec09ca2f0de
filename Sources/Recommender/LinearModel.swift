import State

/// EASE on the most frequent items, twice: fitted on positive events and on all events.
///
/// Immutable, shared by all workers. B is square and row-major: row j holds what history item j says for every item.
/// Items outside it are served by co-visitation, whose lists have no such bound.
/// - Note: H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019.
public final class LinearModel: Sendable {
  /// Items at most: two matrices of 64 MB, one dense inverse of some seconds. Beyond it the inverse is out of reach.
  public static let maximumItems = 4_096

  /// Place of each item in the matrices, -1 outside; by `ItemIndex`.
  let places: [Int32]
  /// Item of each place.
  let items: [ItemIndex]
  /// `items.count`^2 weights each, diagonal 0.
  let positive: [Float]
  let all: [Float]
  /// Smoothed mean grade of each place when the model was fitted.
  let meanGrades: [Float]
  /// Events in the window that the model was fitted on.
  public let events: Int

  init(places: [Int32], items: [ItemIndex], positive: [Float], all: [Float], meanGrades: [Float], events: Int) {
    precondition(positive.count == items.count * items.count && all.count == positive.count)
    self.places = places
    self.items = items
    self.positive = positive
    self.all = all
    self.meanGrades = meanGrades
    self.events = events
  }

  public var count: Int { items.count }

  /// The item's place, or nil where the model does not hold it.
  func place(_ item: ItemIndex) -> Int? {
    guard Int(item) < places.count, places[Int(item)] >= 0 else { return nil }
    return Int(places[Int(item)])
  }

  /// What history item `from` says for item `to`; nil where the model does not hold both.
  package func weight(from: ItemIndex, to: ItemIndex, positives: Bool) -> Float? {
    guard let row = place(from), let column = place(to) else { return nil }
    return (positives ? positive : all)[row * items.count + column]
  }
}
