/// What a ranker's features (and its predictions) looked like in training. Travels with the ranker.
public struct ReferenceHistograms: Sendable, Equatable {
  /// Rows that are sorted: more add nothing to deciles, and the time of training is bounded.
  public static let maximumRows = 100_000
  /// Features of a schema.
  public static let maximumFeatures = 1_024
  /// Name under which the predictions stand, behind the features.
  public static let prediction = "prediction"

  /// Hash of the feature registry.
  public let schemaHash: UInt64
  /// In the order of the registry; the predictions last, where there are any.
  public let features: [FeatureBins]
  /// Rows counted.
  public let samples: Int
  /// Independent draws among them: rows of one group share the user's features, so groups are what counts.
  public let draws: Int

  public var names: [String] { features.map(\.name) }
  public var hasPredictions: Bool { features.last?.name == Self.prediction }

  init(schemaHash: UInt64, features: [FeatureBins], samples: Int, draws: Int) {
    self.schemaHash = schemaHash
    self.features = features
    self.samples = samples
    self.draws = draws
  }

  /// Counts training vectors.
  ///
  /// - Parameters:
  ///   - matrix: `rows` x `names.count` floats, row-major, rows `stride` floats apart. Candidates as served: the share
  ///     of each kind of candidate must be that of serving, or the difference is found as skew.
  ///   - names: of the features, in order, each once.
  ///   - draws: independent draws among the rows, such as groups; nil: every row is one.
  ///   - predictions: the new ranker's scores of the rows; empty without a ranker.
  /// - Throws: `badVectors` without rows, or where a value is not finite.
  /// - Complexity: O(min(rows, maximumRows) * log * features).
  public init(
    matrix: UnsafePointer<Float>, rows: Int, stride: Int, names: [String], schemaHash: UInt64, draws: Int? = nil,
    predictions: [Double] = []
  ) throws(DriftError) {
    guard rows > 0 else { throw DriftError(.badVectors, "there are no training vectors to compare serving with") }
    try Self.check(names + (predictions.isEmpty ? [] : [Self.prediction]), .badVectors)
    guard predictions.isEmpty || predictions.count == rows else {
      throw DriftError(.badVectors, "\(predictions.count) predictions for \(rows) training vectors")
    }
    // Evenly spread over the window, and so over its groups.
    let taken = min(rows, Self.maximumRows)
    let picked = (0..<taken).map { $0 * rows / taken }
    var features: [FeatureBins] = []
    for (column, name) in names.enumerated() {
      features.append(try Self.bins(name, picked) { matrix[$0 * stride + column] })
    }
    if !predictions.isEmpty {
      features.append(try Self.bins(Self.prediction, picked) { Float(predictions[$0]) })
    }
    self.init(schemaHash: schemaHash, features: features, samples: taken, draws: max(1, min(draws ?? taken, taken)))
  }

  private static func bins(
    _ name: String, _ rows: [Int], _ value: (Int) -> Float
  ) throws(DriftError) -> FeatureBins {
    var values: [Float] = []
    values.reserveCapacity(rows.count)
    for row in rows {
      let value = value(row)
      guard value.isFinite else {
        throw DriftError(.badVectors, "feature \"\(name)\" is \(value) in training row \(row): features must be finite")
      }
      values.append(value)
    }
    values.sort()
    return FeatureBins(name: name, sorted: values)
  }

  static func check(_ names: [String], _ code: DriftError.Code) throws(DriftError) {
    guard (1...maximumFeatures).contains(names.count) else {
      throw DriftError(code, "\(names.count) features, must be 1 to \(maximumFeatures)")
    }
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      throw DriftError(code, "feature \"\(name)\" stands twice")
    }
  }

  /// - Throws: `schemaMismatch` where the reference belongs to another registry than `hash`.
  public func requireSchema(_ hash: UInt64) throws(DriftError) {
    guard schemaHash == hash else {
      throw DriftError(
        .schemaMismatch,
        "the reference histograms are of feature schema \(SchemaText.text(schemaHash)), this program computes "
          + "\(SchemaText.text(hash)): train a ranker with this program")
    }
  }
}
