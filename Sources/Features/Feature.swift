/// Where a feature's inputs come from: for documentation, and for what an ablation switches off.
public enum FeatureSource: String, Sendable, CaseIterable {
  case collaborative
  case item
  case user
  case userItem = "user x item"
  case session
  case content
  case fusion
}

/// A feature: declared once, computed by the same code for training and for serving.
public struct Feature: Sendable {
  public let name: String
  public let source: FeatureSource
  /// What stands where the formula has no value (a division by nothing); also what documentation names.
  public let defaultValue: Float
  /// The formula, in words.
  public let documentation: String
  /// Raised when the formula changes: it is part of the registry's hash.
  public let version: UInt8
  let column: Column

  /// Where a feature's values, one a candidate, come from.
  enum Column: Sendable {
    /// They stand in the table.
    case stored(@Sendable (CandidateTable) -> UnsafeMutablePointer<Float>)
    /// They are written by the closure, `table.count` of them.
    case computed(@Sendable (CandidateTable, UnsafeMutablePointer<Float>) -> Void)
  }

  init(
    _ name: String, _ source: FeatureSource, _ documentation: String, default defaultValue: Float = 0,
    version: UInt8 = 1, column: Column
  ) {
    self.name = name
    self.source = source
    self.defaultValue = defaultValue
    self.documentation = documentation
    self.version = version
    self.column = column
  }

  /// A score column as it is.
  static func score(_ column: ScoreColumn, _ source: FeatureSource, _ documentation: String) -> Feature {
    Feature(column.name, source, documentation, column: .stored { $0.scores(column) })
  }

  /// A column of the items' counters as it is.
  static func item(
    _ name: String, _ source: FeatureSource, _ documentation: String, default defaultValue: Float = 0,
    _ column: ItemColumn
  ) -> Feature {
    Feature(name, source, documentation, default: defaultValue, column: .stored { $0.values(column) })
  }

  /// A column of the items' counters less a value of the user; 0 for a new user.
  static func difference(
    _ name: String, _ source: FeatureSource, _ documentation: String, _ column: ItemColumn, isAbsolute: Bool = false,
    from value: @escaping @Sendable (UserSummary) -> Float
  ) -> Feature {
    .computed(name, source, documentation) { table, out in
      let values = table.values(column)
      let own = value(table.user)
      let isNew = table.user.isNew
      for candidate in 0..<table.count {
        let difference = isNew ? 0 : values[candidate] - own
        out[candidate] = isAbsolute ? abs(difference) : difference
      }
    }
  }

  /// One value for all candidates.
  static func user(
    _ name: String, _ source: FeatureSource, _ documentation: String,
    value: @escaping @Sendable (UserSummary) -> Float
  ) -> Feature {
    .computed(name, source, documentation) { table, out in
      out.update(repeating: value(table.user), count: table.count)
    }
  }

  /// A column made for this feature.
  static func computed(
    _ name: String, _ source: FeatureSource, _ documentation: String,
    _ compute: @escaping @Sendable (CandidateTable, UnsafeMutablePointer<Float>) -> Void
  ) -> Feature {
    Feature(name, source, documentation, column: .computed(compute))
  }
}
