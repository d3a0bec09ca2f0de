import Identity
import Numerics

/// The ordered list of features that a ranker reads. Immutable; its hash travels with every model.
public struct FeatureRegistry: Sendable {
  public let features: [Feature]
  private let columns: [Feature.Column]
  private let defaults: [Float]
  /// XXH3 over names, versions and order. Two registries of equal hash make the same matrix.
  public let hash: UInt64

  public init(_ features: [Feature]) {
    var text = ""
    var names: Set<String> = []
    for feature in features {
      precondition(names.insert(feature.name).inserted, "feature \(feature.name) is declared twice")
      text += "\(feature.name):\(feature.version)\n"
    }
    self.features = features
    columns = features.map(\.column)
    defaults = features.map(\.defaultValue)
    hash = Hash64.of(text)
  }

  public var count: Int { features.count }
  public var names: [String] { features.map(\.name) }

  /// The columns that hold each source's rank: the `rank_` features of the sources, side by side.
  public var rankColumns: Range<Int> {
    let names = Set(Self.ranks.map(\.name))
    let columns = features.indices.filter { names.contains(features[$0].name) }
    guard let first = columns.first, let last = columns.last else { return 0..<0 }
    precondition(last - first + 1 == columns.count, "the sources' ranks must stand side by side in the registry")
    return first..<last + 1
  }

  /// Everything that is declared, in the order of the matrix.
  public static let standard = FeatureRegistry(
    sourceScores + plainScores + popularity + item + content + user + session + ranks + ratios + fusion)

  /// Fills `matrix`, row-major, `table.count` rows of `count` floats: the one function behind training groups and
  /// served lists alike.
  /// - Precondition: `matrix` has room for them.
  /// - Complexity: O(candidates * features); allocates nothing after the table's first.
  public func fill(_ matrix: UnsafeMutablePointer<Float>, from table: CandidateTable) {
    table.work.fit(columns.count)
    for (place, column) in columns.enumerated() {
      switch column {
      case .stored(let values): table.work.place(place, at: values(table))
      case .computed(let compute): compute(table, table.work.own(place))
      }
    }
    Columns.rows(table.work.columns(columns.count), rows: table.count, fallback: defaults, into: matrix)
  }
}
