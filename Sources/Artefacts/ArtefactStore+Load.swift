import Glibc
import Identity
import JSON

extension ArtefactStore {
  /// The kinds of which there is a version, intact or not, by name.
  public func kinds() throws(ArtefactError) -> [String] {
    var kinds: [String] = []
    for name in try FileSystem.names(in: directory).sorted() {
      if (try? numbers(of: name))?.isEmpty == false { kinds.append(name) }
    }
    return kinds
  }

  /// Versions with a readable manifest, newest first, the withdrawn ones among them.
  /// - Complexity: one small file read a version.
  public func versions(of kind: String) throws(ArtefactError) -> [ArtefactVersion] {
    var versions: [ArtefactVersion] = []
    for number in try numbers(of: kind) {
      if let version = try? manifest(kind, number) { versions.append(version) }
    }
    return versions
  }

  /// The newest version that is not withdrawn and whose files are there in full size; nil where there is none.
  /// Checksums are compared by `load`.
  public func current(_ kind: String) throws(ArtefactError) -> ArtefactVersion? {
    for version in try versions(of: kind) where !version.isWithdrawn && hasAllFiles(version) { return version }
    return nil
  }

  func hasAllFiles(_ version: ArtefactVersion) -> Bool {
    version.files.allSatisfy { (try? FileSystem.size(of: path(of: $0.name, version))) == $0.size }
  }

  private func path(of file: String, _ version: ArtefactVersion) -> String {
    folder(version.kind, version.number) + "/" + file
  }

  private func manifest(_ kind: String, _ number: Int64) throws(ArtefactError) -> ArtefactVersion {
    let folder = folder(kind, number)
    let path = folder + "/" + Manifest.fileName
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(path, limit: Manifest.maximumBytes) } catch {
      guard error.code == .notFound else { throw error }
      guard access(folder, F_OK) == 0 else {
        let there = try numbers(of: kind).map(String.init).joined(separator: ", ")
        throw ArtefactError(
          .notFound, "\(kind) has no version \(number) in \(directory); there are: \(there.isEmpty ? "none" : there)")
      }
      throw ArtefactError(
        .foreign, "\(folder) has no \(Manifest.fileName), so Freshet did not write it as it is; remove the folder")
    }
    var version = try Manifest.read(bytes, kind: kind, number: number, path: path)
    version.isWithdrawn = access(folder + "/" + Manifest.withdrawnName, F_OK) == 0
    return version
  }

  /// Reads one version, withdrawn or not, and verifies sizes and checksums.
  /// - Throws: `notFound`, `damaged` or `foreign`; the message names the file and the remedy.
  /// - Complexity: every byte is read once and hashed once.
  public func load(_ kind: String, version number: Int64) throws(ArtefactError) -> Artefact {
    try Manifest.checkName(kind, "kind")
    let version = try manifest(kind, number)
    var files: [String: [UInt8]] = [:]
    for file in version.files {
      let path = path(of: file.name, version)
      let size: Int
      do { size = try FileSystem.size(of: path) } catch {
        guard error.code == .notFound else { throw error }
        throw Manifest.damaged(path, "it is missing")
      }
      guard size == file.size else { throw Manifest.damaged(path, "\(size) bytes where \(file.size) were written") }
      let bytes = try FileSystem.read(path, limit: file.size)
      guard bytes.count == file.size, Hash64.of(bytes) == file.checksum else {
        throw Manifest.damaged(path, "it fails its checksum")
      }
      files[file.name] = bytes
    }
    return Artefact(version: version, files: files)
  }

  /// Reads what an announcement names, and nothing else that might stand under the same number.
  public func load(_ announcement: ArtefactAnnouncement) throws(ArtefactError) -> Artefact {
    let artefact = try load(announcement.kind, version: announcement.version)
    guard artefact.version.checksum == announcement.checksum else {
      throw ArtefactError(
        .foreign,
        "\(artefact.version.name) in \(directory) is not the one announced: do all roles share artefacts.directory?")
    }
    return artefact
  }

  /// Reads the newest intact version that is not withdrawn.
  public func loadNewest(_ kind: String) throws(ArtefactError) -> NewestArtefact {
    var newest = try loadNewestListed(kind)
    for _ in 0..<Self.listings where !newest.result.skipped.isEmpty {
      // What was skipped may have been removed while it was read, because a newer one came.
      guard try numbers(of: kind).first != newest.first else { break }
      newest = try loadNewestListed(kind)
    }
    return newest.result
  }

  /// Publications that may overtake one reader before it takes what it has.
  private static let listings = 16

  private func loadNewestListed(_ kind: String) throws(ArtefactError) -> (result: NewestArtefact, first: Int64?) {
    var skipped: [ArtefactError] = []
    let numbers = try numbers(of: kind)
    for number in numbers {
      do {
        if try manifest(kind, number).isWithdrawn { continue }
        let artefact = try load(kind, version: number)
        return (NewestArtefact(artefact: artefact, skipped: skipped), numbers.first)
      } catch {
        skipped.append(error)
      }
    }
    return (NewestArtefact(artefact: nil, skipped: skipped), numbers.first)
  }

  /// Withdraws the current version for every process that shares the directory; the one before becomes current.
  /// - Returns: the version that is current now; announce it.
  /// - Throws: `notFound` where there is none to go back to: then nothing changes.
  public func rollback(_ kind: String) throws(ArtefactError) -> ArtefactVersion {
    guard let present = try current(kind) else {
      throw ArtefactError(.notFound, "\(kind) has no version in \(directory): there is nothing to roll back")
    }
    return try withdraw(present).current
  }

  /// Withdraws the version of this name, if it is the current one: several processes may say so at once, and only the
  /// one version goes.
  /// - Returns: the version that is current now; nil where another than `name` was current before, or another process
  ///   has withdrawn it.
  /// - Throws: as `rollback`.
  public func withdraw(_ name: String, of kind: String) throws(ArtefactError) -> ArtefactVersion? {
    guard let present = try current(kind), present.name == name else { return nil }
    let result = try withdraw(present)
    return result.isOurs ? result.current : nil
  }

  private func withdraw(
    _ present: ArtefactVersion
  ) throws(ArtefactError) -> (current: ArtefactVersion, isOurs: Bool) {
    let kind = present.kind
    // Files are read: the one that takes over must be intact.
    let intact = try versions(of: kind).first {
      $0.number < present.number && !$0.isWithdrawn && (try? load(kind, version: $0.number)) != nil
    }
    guard let before = intact else {
      throw ArtefactError(
        .notFound, "\(present.name) is the only intact version of \(kind): publish another before you withdraw it")
    }
    let folder = folder(kind, present.number)
    let descriptor = open(folder + "/" + Manifest.withdrawnName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0 && errno == EEXIST { return (before, false) }
    guard descriptor >= 0 else { throw .system("making", folder + "/" + Manifest.withdrawnName) }
    close(descriptor)
    try FileSystem.syncFolder(folder)
    return (before, true)
  }
}
