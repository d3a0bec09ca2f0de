import Features
import State

/// How many candidates each source may bring, by `ScoreColumn.sources`.
///
/// The defaults were chosen on events 80-90% of MovieLens-100K (learning.md); their union holds some 190 distinct items.
public struct SourceBudgets: Sendable, Equatable {
  private var budgets: [Int]
  /// How many cold items may come in by their content. Not scaled with the others: it is a door, not a share.
  public private(set) var cold = standardCold

  /// Twenty: one in twenty-five of the candidates, the whole of what a list shows.
  public static let standardCold = 20

  public static let standard: SourceBudgets = {
    var budgets = SourceBudgets(all: 60)
    for source in [ScoreColumn.easeAllRecent, .coLiked, .coAgreeing] { budgets[source] = 80 }
    for source in [ScoreColumn.popular2000, .stagePopular, .sessionPopular, .coLast3] { budgets[source] = 40 }
    for source in [ScoreColumn.popular500, .popular8000] { budgets[source] = 25 }
    return budgets
  }()

  /// Distinct candidates that the standard budgets bring on a catalogue of some thousand items: their lists overlap.
  public static let standardUnion = 250

  /// Budgets whose union has about `total` distinct candidates; the table of candidates cuts at 500.
  /// - Parameter single: budgets of single sources, by name, in place of their share.
  /// - Throws: `UnknownSource` for a name that is none.
  public init(total: Int, single: [String: Double] = [:]) throws(UnknownSource) {
    self = Self.standard.scaled(by: Double(total) / Double(Self.standardUnion))
    for (name, budget) in single {
      if name == CandidateOrigin.names[CandidateOrigin.cold] {
        cold = min(ColdList.capacity, max(0, Int(budget)))
        continue
      }
      guard let source = ScoreColumn.sources.first(where: { $0.name == name }) else { throw UnknownSource(name: name) }
      self[source] = min(TopSelector.maximum, max(0, Int(budget)))
    }
  }

  /// The same budget for every source.
  public init(all budget: Int) {
    budgets = Array(repeating: budget, count: ScoreColumn.sourceCount)
  }

  /// - Precondition: the column is a source; a budget is in 0...512.
  public subscript(source: ScoreColumn) -> Int {
    get { budgets[source.rawValue] }
    set {
      precondition((0...TopSelector.maximum).contains(newValue), "a budget is 0...\(TopSelector.maximum)")
      budgets[source.rawValue] = newValue
    }
  }

  /// Sources that read the co-visitation lists.
  public static let neighbourSources: [ScoreColumn] = [.coAll, .coLiked, .coAgreeing, .coSession, .coMinute, .coLast3]

  /// Whether any source reads the co-visitation lists; without one they are not read, and score 0.
  public var readsNeighbours: Bool { Self.neighbourSources.contains { budgets[$0.rawValue] > 0 } }

  /// Every budget multiplied, for larger catalogues; capped at the selector's size.
  public func scaled(by factor: Double) -> SourceBudgets {
    var result = self
    for source in ScoreColumn.sources {
      result[source] = min(TopSelector.maximum, Int((Double(self[source]) * factor).rounded()))
    }
    return result
  }
}

/// A candidate source that there is none of.
public struct UnknownSource: Error, CustomStringConvertible {
  public let name: String
  public var description: String {
    "candidates.budget: there is no source \"\(name)\"; there are "
      + CandidateOrigin.names.dropLast().joined(separator: ", ")
  }
}
