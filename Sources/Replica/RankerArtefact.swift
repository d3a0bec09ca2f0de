import Artefacts
import JSON
import Ranking

/// The ranker's files: LightGBM's own text, what must be known to use it.
public enum RankerArtefact {
  public static let kind = "ranker"
  static let modelFile = "model.txt"
  static let metadataFile = "ranker.json"

  public static func files(_ model: RankerModel) -> [(name: String, bytes: [UInt8])] {
    [(modelFile, Array(model.text.utf8)), (metadataFile, model.metadata.bytes)]
  }

  /// - Parameter schemaHash: of the feature registry in use.
  public static func model(_ artefact: Artefact, schemaHash: UInt64) throws -> RankerModel {
    let text = String(decoding: try artefact.file(modelFile), as: UTF8.self)
    return try RankerModel(
      text: text, metadata: JSONValue.parse(try artefact.file(metadataFile)), schemaHash: schemaHash)
  }
}

/// The linear model's file.
public enum LinearArtefact {
  public static let kind = "linear"
  public static let fileName = "linear.bin"
}
