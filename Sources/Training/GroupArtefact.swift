import Artefacts
import JSON
import Lifecycle
import State

/// Training groups as a version in the artefact directory: what a stage of the training hands to the next one. Roles
/// exchange them through Kafka.
public enum GroupArtefact {
  public static let kind = "groups"
  static let fileName = "groups.bin"
  static let version: UInt8 = 1

  /// - Parameter bytes: of `TrainingInbox.encodedGroups`.
  public static func publish(
    _ bytes: [UInt8], count: Int, to artefacts: ArtefactStore
  ) throws(ArtefactError) -> ArtefactVersion {
    try artefacts.publish(
      kind: kind, files: [(name: fileName, bytes: bytes)], metadata: .object(["groups": .integer(Int64(count))]),
      createdMs: SystemClock().nowMilliseconds)
  }

  /// Hands over the groups, oldest first.
  /// - Throws: `ArtefactError`, `CorruptBytes`.
  public static func read(_ artefact: Artefact, _ take: (TrainingGroup) -> Void) throws {
    try artefact.file(fileName).withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      try reader.expect(version: version, of: "training groups")
      while !reader.isAtEnd {
        take(try GroupCodec.decode(try reader.blob(limit: bytes.count)))
      }
    }
  }
}

extension TrainingInbox {
  /// The window's groups, oldest first, each behind its length.
  public var encodedGroups: [UInt8] {
    var writer = ByteWriter()
    writer.byte(GroupArtefact.version)
    for group in groupWindow().groups {
      writer.blob(GroupCodec.encode(group))
    }
    return writer.bytes
  }
}
