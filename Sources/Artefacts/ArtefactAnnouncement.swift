import JSON

/// What is said of a new version on the `models` topic, under the kind as key: enough to find, verify and describe it.
public struct ArtefactAnnouncement: Sendable, Equatable {
  public let kind: String
  public let version: Int64
  /// XXH3-64 of the manifest.
  public let checksum: UInt64
  public let createdMs: Int64
  /// Some of the version's metadata, an object.
  public let metadata: JSONValue

  /// - Parameter keys: members of the metadata that go along: a record should stay small.
  public init(_ version: ArtefactVersion, metadata keys: [String] = []) {
    kind = version.kind
    self.version = version.number
    checksum = version.checksum
    createdMs = version.createdMs
    metadata = .object((version.metadata.objectValue ?? [:]).filter { keys.contains($0.key) })
  }

  public var json: JSONValue {
    .object([
      "kind": .string(kind), "version": .integer(version), "checksum": .string(Checksum.text(checksum)),
      "created_ms": .integer(createdMs), "metadata": metadata,
    ])
  }

  /// Reads an announcement; members that are unknown are left for newer programs.
  /// - Throws: `invalid`, naming the field.
  public init(json: JSONValue) throws(ArtefactError) {
    func missing(_ field: String, _ what: String) -> ArtefactError {
      ArtefactError(.invalid, "announcement on the models topic: \(field) must be \(what)")
    }
    guard let kind = json["kind"]?.stringValue else { throw missing("kind", "a string") }
    try Manifest.checkName(kind, "announcement on the models topic: kind")
    guard let version = json["version"]?.integerValue, version >= 1 else { throw missing("version", "1 or more") }
    guard let checksum = json["checksum"]?.stringValue.flatMap(Checksum.read) else {
      throw missing("checksum", "16 hexadecimal digits")
    }
    guard let createdMs = json["created_ms"]?.integerValue else { throw missing("created_ms", "an integer") }
    let metadata = json["metadata"] ?? .object([:])
    guard metadata.objectValue != nil else { throw missing("metadata", "an object") }
    self.kind = kind
    self.version = version
    self.checksum = checksum
    self.createdMs = createdMs
    self.metadata = metadata
  }
}
