import Glibc

/// The system calls of this module, with errors that name the path. Blocking; any thread.
enum FileSystem {
  private static let folderMode: mode_t = 0o755
  /// Readable by other roles, which may run under another user.
  private static let fileMode: mode_t = 0o644

  /// Makes a folder and those above it; one that is there already is fine.
  static func makeFolders(_ path: String) throws(ArtefactError) {
    if mkdir(path, folderMode) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw .system("making", path)
    }
    try makeFolders(String(path[..<slash]))
    guard mkdir(path, folderMode) == 0 || errno == EEXIST else { throw .system("making", path) }
  }

  /// Writes a new file and syncs it.
  static func writeNew(_ bytes: [UInt8], to path: String) throws(ArtefactError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, fileMode)
    guard descriptor >= 0 else { throw .system("making", path) }
    var failure = 0 as Int32
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count, failure == 0 {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        let count = write(descriptor, rest.baseAddress, rest.count)
        if count >= 0 { written += count } else if errno != EINTR { failure = errno }
      }
    }
    if failure == 0, fsync(descriptor) != 0 { failure = errno }
    // Network file systems report a full disk here.
    if close(descriptor) != 0, failure == 0 { failure = errno }
    guard failure == 0 else { throw .system("writing", path, failure) }
  }

  /// Makes what was created, renamed or removed in the folder survive a power cut.
  static func syncFolder(_ path: String) throws(ArtefactError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("opening", path) }
    defer { close(descriptor) }
    // Some mounted object stores know no sync of a folder.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else { throw .system("syncing", path) }
  }

  static func size(of path: String) throws(ArtefactError) -> Int {
    var information = stat()
    guard stat(path, &information) == 0 else { throw .system("looking at", path) }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw ArtefactError(.foreign, "\(path) is no regular file; remove its folder")
    }
    return Int(information.st_size)
  }

  /// Reads a whole file in one go into the memory that is handed out: nothing is copied twice.
  /// Not mmap: what was verified must be what is used, and a file that shrinks under a map kills the process.
  /// - Parameter limit: a larger file is refused before memory is taken.
  static func read(_ path: String, limit: Int) throws(ArtefactError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("opening", path) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw .system("looking at", path) }
    guard information.st_mode & S_IFMT == S_IFREG, information.st_size <= limit else {
      throw Manifest.damaged(path, "it is no regular file of at most \(limit) bytes")
    }
    let size = Int(information.st_size)
    var failure = 0 as Int32
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
        let got = Glibc.read(descriptor, rest.baseAddress, size - count)
        if got > 0 {
          count += got
        } else if got == 0 {
          break
        } else if errno != EINTR {
          failure = errno
          break
        }
      }
    }
    guard failure == 0 else { throw .system("reading", path, failure) }
    return bytes
  }

  /// Names in a folder, without `.` and `..`; none where it does not exist.
  static func names(in path: String) throws(ArtefactError) -> [String] {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return [] }
      throw .system("listing", path)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes a folder of files. Best effort: what cannot be removed is found by the next cleaning.
  static func removeFolder(_ path: String) {
    for name in (try? names(in: path)) ?? [] { unlink(path + "/" + name) }
    rmdir(path)
  }
}
