import Artefacts
import Drift
import JSON
import Ranking
import Recommender

/// The ranker's files: LightGBM's own text, what must be known to use it, the small network where there is one, and what
/// the features looked like in training.
public enum RankerArtefact {
  public static let kind = "ranker"
  /// Metadata: event time, in milliseconds, of the newest group that it was trained on.
  public static let untilKey = "until_ms"
  static let modelFile = "model.txt"
  static let metadataFile = "ranker.json"
  static let networkFile = "network.bin"
  static let referenceFile = "reference.json"

  public static func files(
    _ trained: TrainedRanker, reference: ReferenceHistograms?
  ) -> [(name: String, bytes: [UInt8])] {
    let model = trained.lambdaMART
    var files = [(name: modelFile, bytes: Array(model.text.utf8)), (name: metadataFile, bytes: model.metadata.bytes)]
    if let network = trained.network { files.append((name: networkFile, bytes: network.bytes)) }
    if let reference { files.append((name: referenceFile, bytes: reference.json.bytes)) }
    return files
  }

  /// - Throws: `DriftError` where the histograms belong to another schema.
  static func reference(_ artefact: Artefact, schemaHash: UInt64) throws -> ReferenceHistograms? {
    guard artefact.files[referenceFile] != nil else { return nil }
    let reference = try ReferenceHistograms(json: JSONValue.parse(try artefact.file(referenceFile)))
    try reference.requireSchema(schemaHash)
    return reference
  }

  /// - Parameter schemaHash: of the feature registry in use.
  public static func model(_ artefact: Artefact, schemaHash: UInt64) throws -> TrainedRanker {
    let text = String(decoding: try artefact.file(modelFile), as: UTF8.self)
    let forest = try RankerModel(
      text: text, metadata: JSONValue.parse(try artefact.file(metadataFile)), schemaHash: schemaHash)
    guard artefact.files[networkFile] != nil else { return TrainedRanker(lambdaMART: forest, network: nil) }
    let network = try MLPModel(bytes: Array(try artefact.file(networkFile)), schemaHash: schemaHash)
    return TrainedRanker(lambdaMART: forest, network: network)
  }
}

/// The towers' file.
public enum TowerArtefact {
  public static let kind = "towers"
  public static let fileName = "towers.bin"
}

/// The linear model's file.
public enum LinearArtefact {
  public static let kind = "linear"
  public static let fileName = "linear.bin"
}
