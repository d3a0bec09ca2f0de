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

/// One column of a feature matrix, to be written: element c belongs to candidate c.
public struct FeatureColumn {
  /// Element 0; elements lie `stride` floats apart.
  let base: UnsafeMutablePointer<Float>
  let stride: Int
  let fallback: Float

  /// Writes a value; one that is not finite is replaced by the feature's default, so that no matrix holds a NaN.
  @inline(__always) func set(_ candidate: Int, _ value: Float) {
    base[candidate * stride] = value.isFinite ? value : fallback
  }
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
  let compute: @Sendable (CandidateTable, FeatureColumn) -> Void

  init(
    _ name: String, _ source: FeatureSource, _ documentation: String, default defaultValue: Float = 0,
    version: UInt8 = 1, compute: @escaping @Sendable (CandidateTable, FeatureColumn) -> Void
  ) {
    self.name = name
    self.source = source
    self.defaultValue = defaultValue
    self.documentation = documentation
    self.version = version
    self.compute = compute
  }

  /// A score column as it is.
  static func score(_ column: ScoreColumn, _ source: FeatureSource, _ documentation: String) -> Feature {
    Feature(column.name, source, documentation) { table, out in
      let values = table.scores(column)
      for candidate in 0..<table.count { out.set(candidate, values[candidate]) }
    }
  }

  /// One value for all candidates.
  static func user(
    _ name: String, _ source: FeatureSource, _ documentation: String,
    value: @escaping @Sendable (UserSummary) -> Float
  ) -> Feature {
    Feature(name, source, documentation) { table, out in
      let value = value(table.user)
      for candidate in 0..<table.count { out.set(candidate, value) }
    }
  }

  /// A value of each candidate.
  static func item(
    _ name: String, _ source: FeatureSource, _ documentation: String, default defaultValue: Float = 0,
    value: @escaping @Sendable (CandidateTable, Int) -> Float
  ) -> Feature {
    Feature(name, source, documentation, default: defaultValue) { table, out in
      for candidate in 0..<table.count { out.set(candidate, value(table, candidate)) }
    }
  }
}
