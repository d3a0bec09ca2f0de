import JSON

/// One file of an artefact, as its manifest names it.
public struct ArtefactFile: Sendable, Equatable {
  public let name: String
  public let size: Int
  /// XXH3-64 of the content.
  public let checksum: UInt64
}

/// What the manifest says of one version of an artefact. Nothing of its files has been read.
public struct ArtefactVersion: Sendable, Equatable {
  public let kind: String
  /// 1 for the first version of its kind, rising.
  public let number: Int64
  public let createdMs: Int64
  public let files: [ArtefactFile]
  /// What the publisher said of it: schema hash, window, measures.
  public let metadata: JSONValue
  /// XXH3-64 of the manifest, and so of all the above, the files' checksums included.
  public let checksum: UInt64
  /// Rolled back: stays on disk, is not current.
  public var isWithdrawn = false

  /// Bytes of all files.
  public var size: Int { files.reduce(0) { $0 + $1.size } }
  /// As in log lines and provenance: `ranker-12`.
  public var name: String { "\(kind)-\(number)" }
}

/// One version of an artefact in memory, verified.
public struct Artefact: Sendable {
  public let version: ArtefactVersion
  /// The content by file name, read once.
  public let files: [String: [UInt8]]

  /// - Throws: `notFound`, naming the files that there are.
  public func file(_ name: String) throws(ArtefactError) -> [UInt8] {
    guard let bytes = files[name] else {
      let names = files.keys.sorted().joined(separator: ", ")
      throw ArtefactError(
        .notFound, "artefact \(version.name) has no file \"\(name)\" (it has \(names)): publish it with this program")
    }
    return bytes
  }
}

/// What `loadNewest` found.
public struct NewestArtefact: Sendable {
  /// Nil where no version is intact.
  public let artefact: Artefact?
  /// Why newer versions were passed over; not those that were withdrawn. Newest first.
  public let skipped: [ArtefactError]
}
