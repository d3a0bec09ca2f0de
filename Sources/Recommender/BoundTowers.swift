import Identity
import State
import Towers

/// Towers with their rows translated to this process's item indices. Immutable, shared by all threads.
public final class BoundTowers: Sendable {
  public let model: TowerModel
  /// Row of each item in the model, -1 where it has none; by `ItemIndex`.
  let rows: [Int32]
  /// Revision of the catalogue that it was bound to.
  public let revision: UInt64

  /// Binds `model` to the catalogue; items that it does not know get vectors of their content.
  /// - Complexity: O(catalogue); and a copy of the model where there are new items, so bind on the training's clock.
  public init(_ model: TowerModel, _ catalogue: Catalogue) {
    let whole = model.extended(by: TowerItems(catalogue))
    self.model = whole
    revision = catalogue.revision
    rows = catalogue.items.map { whole.row(of: ItemKey($0.id)) ?? -1 }
  }

  /// Row of an item, or nil for one that is newer than this binding.
  func row(_ item: ItemIndex) -> Int32? {
    guard Int(item) < rows.count, rows[Int(item)] >= 0 else { return nil }
    return rows[Int(item)]
  }

  /// Labels (item indices) and vectors of all items, for the index.
  public var indexed: (labels: [Int64], vectors: [Float]) {
    var labels: [Int64] = []
    var vectors: [Float] = []
    vectors.reserveCapacity(rows.count * model.dimension)
    for (item, row) in rows.enumerated() where row >= 0 {
      labels.append(Int64(item))
      vectors.append(contentsOf: model.vector(row))
    }
    return (labels, vectors)
  }
}

extension TowerItems {
  /// What the catalogue says of each item, in the order of its indices.
  public init(_ catalogue: Catalogue) {
    self.init()
    let genres = catalogue.genreNames.map { Hash64.of($0) }
    for item in catalogue.items {
      append(ItemKey(item.id), genres: item.genreCodes.map { genres[Int($0)] }, year: item.metadata.year)
    }
  }
}

extension TowerWindow.Event {
  /// An applied event as the towers learn from it. Who rates has chosen what to rate; a dislike or a skip answers what was
  /// put before the user.
  public init(_ entry: AppliedEntry) {
    let event = entry.interaction
    self.init(
      user: entry.userHash, item: event.item, timeMs: event.timeMs, stage: entry.stage,
      signal: event.signal.rawValue, gradeSteps: event.grade.steps,
      isChosen: event.signal != .negative || event.typeCode == Interaction.ratingCode,
      profile: entry.profile.values)
  }
}
