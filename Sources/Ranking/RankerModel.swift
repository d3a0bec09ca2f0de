import JSON

/// A trained ranker: LightGBM's own text (other tools can open it) and what must be known to use it.
public struct RankerModel: Sendable {
  public let text: String
  /// Names of the features, in the order of the matrix.
  public let featureNames: [String]
  /// Hash of the registry that made the matrix; a matrix of another must not be scored.
  public let schemaHash: UInt64
  /// Total gain of each feature's splits.
  public let gains: [Double]
  public let trees: Int
  /// NDCG@10 on the groups that stopped the training; nil without any.
  public let validationNDCG: Double?
  public let trainGroups: Int
  public let validationGroups: Int

  public init(
    text: String, featureNames: [String], schemaHash: UInt64, gains: [Double], trees: Int, validationNDCG: Double?,
    trainGroups: Int, validationGroups: Int
  ) {
    self.text = text
    self.featureNames = featureNames
    self.schemaHash = schemaHash
    self.gains = gains
    self.trees = trees
    self.validationNDCG = validationNDCG
    self.trainGroups = trainGroups
    self.validationGroups = validationGroups
  }

  /// The most important features by gain, as shares of all gain.
  public func topImportances(_ count: Int = 10) -> [(name: String, share: Double)] {
    let total = max(gains.reduce(0, +), .leastNormalMagnitude)
    return zip(featureNames, gains).sorted { ($0.1, $1.0) > ($1.1, $0.0) }.prefix(count)
      .map { (name: $0.0, share: $0.1 / total) }
  }

  /// The JSON that stands beside the text.
  public var metadata: JSONValue {
    .object([
      "schema_hash": .string(String(schemaHash, radix: 16)),
      "features": .array(featureNames.map { .string($0) }),
      "gains": .array(gains.map { .number($0) }),
      "trees": .integer(Int64(trees)),
      "validation_ndcg10": validationNDCG.map { .number($0) } ?? .null,
      "train_groups": .integer(Int64(trainGroups)),
      "validation_groups": .integer(Int64(validationGroups)),
    ])
  }

  /// - Parameter schemaHash: of the registry in use.
  /// - Throws: `badModel` naming the field, `schemaMismatch` where the model was trained for other features.
  public init(text: String, metadata: JSONValue, schemaHash: UInt64) throws(RankingError) {
    func field<T>(_ name: String, _ value: T?) throws(RankingError) -> T {
      guard let value else { throw RankingError(.badModel, "ranker metadata: \(name) is missing or of another type") }
      return value
    }
    let stored = try field("schema_hash", metadata["schema_hash"]?.stringValue.flatMap { UInt64($0, radix: 16) })
    guard stored == schemaHash else {
      throw RankingError(
        .schemaMismatch,
        "the ranker was trained for feature schema \(String(stored, radix: 16)), this build computes "
          + "\(String(schemaHash, radix: 16)): train again (make train-ranker), or run the build that trained it")
    }
    self.init(
      text: text,
      featureNames: try field("features", metadata["features"]?.arrayValue).compactMap(\.stringValue),
      schemaHash: stored,
      gains: try field("gains", metadata["gains"]?.arrayValue).compactMap(\.doubleValue),
      trees: Int(try field("trees", metadata["trees"]?.integerValue)),
      validationNDCG: metadata["validation_ndcg10"]?.doubleValue,
      trainGroups: Int(try field("train_groups", metadata["train_groups"]?.integerValue)),
      validationGroups: Int(try field("validation_groups", metadata["validation_groups"]?.integerValue)))
    guard gains.count == featureNames.count else {
      throw RankingError(.badModel, "ranker metadata: \(gains.count) gains for \(featureNames.count) features")
    }
  }
}
