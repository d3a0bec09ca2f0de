import Identity
import JSON

/// The file that makes a folder a version: names, sizes and checksums, and a checksum of itself.
enum Manifest {
  static let fileName = "manifest.json"
  /// Exists in the folder of a version that was rolled back.
  static let withdrawnName = "withdrawn"
  /// Of this layout. Raised when an older program could no longer read it.
  static let format: Int64 = 1
  /// A model of some files has few; more is a mistake.
  static let maximumFiles = 64
  /// Metadata hold histograms and measures, some hundred kilobytes.
  static let maximumBytes = 16 << 20
  static let maximumNameBytes = 64

  /// Kinds and file names become path components.
  static func checkName(_ name: String, _ what: String) throws(ArtefactError) {
    let isGood =
      (1...maximumNameBytes).contains(name.utf8.count) && !name.hasPrefix(".") && name.utf8.allSatisfy(isNameByte)
    guard isGood, name != fileName, name != withdrawnName else {
      throw ArtefactError(
        .invalid,
        "\(what) \"\(name)\": use 1 to \(maximumNameBytes) of a-z A-Z 0-9 . _ -, no dot in front, "
          + "not \(fileName) or \(withdrawnName)")
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  /// Everything but the checksum; equal content gives equal bytes.
  private static func body(_ version: ArtefactVersion) -> [String: JSONValue] {
    [
      "program": .string("freshet"), "format": .integer(format), "kind": .string(version.kind),
      "version": .integer(version.number), "created_ms": .integer(version.createdMs), "metadata": version.metadata,
      "files": .array(
        version.files.map {
          .object([
            "name": .string($0.name), "bytes": .integer(Int64($0.size)), "xxh3": .string(Checksum.text($0.checksum)),
          ])
        }),
    ]
  }

  static func make(
    kind: String, number: Int64, createdMs: Int64, files: [ArtefactFile], metadata: JSONValue
  ) -> (version: ArtefactVersion, bytes: [UInt8]) {
    func version(_ checksum: UInt64) -> ArtefactVersion {
      ArtefactVersion(
        kind: kind, number: number, createdMs: createdMs, files: files, metadata: metadata, checksum: checksum)
    }
    var members = body(version(0))
    let checksum = Hash64.of(JSONValue.object(members).bytes)
    members["checksum"] = .string(Checksum.text(checksum))
    return (version(checksum), JSONValue.object(members).bytes)
  }

  /// - Parameter path: for messages.
  /// - Throws: `damaged` or `foreign`.
  static func read(
    _ bytes: [UInt8], kind: String, number: Int64, path: String
  ) throws(ArtefactError) -> ArtefactVersion {
    let value: JSONValue
    do { value = try JSONValue.parse(bytes) } catch { throw damaged(path, "\(error)") }
    guard var members = value.objectValue, members["program"] == .string("freshet") else {
      throw foreign(path, "it is no manifest of Freshet")
    }
    let format = members["format"]?.integerValue ?? 0
    guard format == Self.format else {
      throw foreign(path, "its format is \(format), this program reads \(Self.format)")
    }
    guard let stored = members.removeValue(forKey: "checksum")?.stringValue.flatMap(Checksum.read) else {
      throw damaged(path, "it has no checksum")
    }
    guard Hash64.of(JSONValue.object(members).bytes) == stored else { throw damaged(path, "it fails its checksum") }
    guard members["kind"] == .string(kind), members["version"] == .integer(number) else {
      throw foreign(path, "it belongs to another kind or version: it was copied or renamed")
    }
    guard let createdMs = members["created_ms"]?.integerValue, let metadata = members["metadata"],
      let list = members["files"]?.arrayValue, list.count <= maximumFiles
    else { throw damaged(path, "created_ms, metadata or files are missing") }
    var files: [ArtefactFile] = []
    for entry in list {
      guard let name = entry["name"]?.stringValue, let size = entry["bytes"]?.integerValue, size >= 0,
        let checksum = entry["xxh3"]?.stringValue.flatMap(Checksum.read)
      else { throw damaged(path, "an entry of files lacks name, bytes or xxh3") }
      try checkName(name, "a file of \(path)")
      files.append(ArtefactFile(name: name, size: Int(size), checksum: checksum))
    }
    return ArtefactVersion(
      kind: kind, number: number, createdMs: createdMs, files: files, metadata: metadata, checksum: stored)
  }

  static func damaged(_ path: String, _ reason: String) -> ArtefactError {
    ArtefactError(
      .damaged, "\(path) is damaged: \(reason); remove its folder, the version before it is used meanwhile")
  }

  private static func foreign(_ path: String, _ reason: String) -> ArtefactError {
    ArtefactError(
      .foreign, "\(path) cannot be used: \(reason); remove its folder, or use the program that wrote it")
  }
}

/// 64-bit checksums as 16 hexadecimal digits: JSON integers end at 2^63.
enum Checksum {
  static func text(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Only the form that `text` writes.
  static func read(_ digits: String) -> UInt64? {
    guard let value = UInt64(digits, radix: 16), text(value) == digits else { return nil }
    return value
  }
}
