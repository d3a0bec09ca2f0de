import Glibc
import Identity
import JSON

/// Versions of models and snapshots in a directory that several processes share, on a volume or a mounted store.
///
///     directory/ranker/000000000012/manifest.json   names, sizes and checksums; a version is a folder with one
///     directory/ranker/000000000012/model.txt
///     directory/ranker/000000000012/withdrawn       after a rollback
///     directory/ranker/.new-...                     being written
///
/// A version appears by one rename, complete and synced, and never changes afterwards. The current version is the
/// newest that is not withdrawn: there is no pointer that could be lost, or that a publisher and a rollback could both
/// write. A value without state; every method blocks on the disk; any thread, any process.
public struct ArtefactStore: Sendable {
  private static let digits = 12
  /// Writers that race for a number: each loser takes the next one.
  private static let publishAttempts = 64

  public let directory: String
  /// Versions of a kind that stay, the newest; the current one always stays, and the one that a rollback would go to.
  public let keep: Int

  /// Makes the directory, and removes what writers that crashed have left in it.
  public init(directory: String, keep: Int) throws(ArtefactError) {
    guard keep >= 1 else { throw ArtefactError(.invalid, "artefacts.keep is \(keep), must be at least 1") }
    self.directory = directory
    self.keep = keep
    try FileSystem.makeFolders(directory)
    for kind in try FileSystem.names(in: directory) { WorkFolder.clean(directory + "/" + kind) }
  }

  func folder(_ kind: String) -> String { directory + "/" + kind }

  func folder(_ kind: String, _ number: Int64) -> String {
    let text = String(number)
    return folder(kind) + "/" + String(repeating: "0", count: max(0, Self.digits - text.utf8.count)) + text
  }

  /// Numbers of the versions that there are, intact or not, newest first.
  func numbers(of kind: String) throws(ArtefactError) -> [Int64] {
    try Manifest.checkName(kind, "kind")
    return try FileSystem.names(in: folder(kind))
      .filter { $0.utf8.count >= Self.digits && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
      .compactMap { Int64($0) }.sorted(by: >)
  }

  /// Writes a new version, makes it visible, then removes the versions beyond `keep`.
  ///
  /// - Parameters:
  ///   - files: names (path components) and contents, each name once.
  ///   - metadata: comes back with the version.
  /// - Returns: the version, visible and synced; announce it now.
  /// - Throws: `full` with the disk, and every other error, leaves the versions before untouched.
  public func publish(
    kind: String, files: [(name: String, bytes: [UInt8])], metadata: JSONValue, createdMs: Int64
  ) throws(ArtefactError) -> ArtefactVersion {
    try Manifest.checkName(kind, "kind")
    try Self.check(files)
    try FileSystem.makeFolders(folder(kind))
    let work = try WorkFolder(in: folder(kind))
    var listed: [ArtefactFile] = []
    for file in files {
      try FileSystem.writeNew(file.bytes, to: work.path + "/" + file.name)
      listed.append(ArtefactFile(name: file.name, size: file.bytes.count, checksum: Hash64.of(file.bytes)))
    }
    for _ in 0..<Self.publishAttempts {
      let number = (try numbers(of: kind).first ?? 0) + 1
      let (version, manifest) = Manifest.make(
        kind: kind, number: number, createdMs: createdMs, files: listed, metadata: metadata)
      guard manifest.count <= Manifest.maximumBytes else {
        throw ArtefactError(.invalid, "metadata of \(version.name): the manifest would have \(manifest.count) bytes")
      }
      let path = work.path + "/" + Manifest.fileName
      unlink(path)
      try FileSystem.writeNew(manifest, to: path)
      try FileSystem.syncFolder(work.path)
      if rename(work.path, folder(kind, number)) == 0 {
        try FileSystem.syncFolder(folder(kind))
        removeOld(kind)
        return version
      }
      // Somebody else published this number in the meantime.
      guard errno == ENOTEMPTY || errno == EEXIST else { throw .system("renaming", work.path) }
    }
    throw ArtefactError(.unavailable, "\(folder(kind)): other writers took \(Self.publishAttempts) numbers in a row")
  }

  private static func check(_ files: [(name: String, bytes: [UInt8])]) throws(ArtefactError) {
    guard (1...Manifest.maximumFiles).contains(files.count) else {
      throw ArtefactError(.invalid, "an artefact has 1 to \(Manifest.maximumFiles) files, not \(files.count)")
    }
    var names: Set<String> = []
    for file in files {
      try Manifest.checkName(file.name, "file name")
      guard names.insert(file.name).inserted else {
        throw ArtefactError(.invalid, "file name \"\(file.name)\" stands twice in one artefact")
      }
    }
  }

  /// Removes the versions beyond `keep`. Of those that are not withdrawn the newest two stay in any case where `keep` has
  /// room for two: after withdrawals in a row there is still one to go back to. Best effort: what stays is removed after
  /// the next publication.
  private func removeOld(_ kind: String) {
    guard let numbers = try? numbers(of: kind), numbers.count > keep, let versions = try? versions(of: kind) else {
      return
    }
    let inService = versions.filter { !$0.isWithdrawn && hasAllFiles($0) }.prefix(min(keep, 2)).map(\.number)
    for number in numbers[keep...] where !inService.contains(number) {
      let removed = "\(folder(kind))/\(WorkFolder.removedPrefix)\(number)-\(getpid())"
      if rename(folder(kind, number), removed) == 0 { FileSystem.removeFolder(removed) }
    }
  }
}
