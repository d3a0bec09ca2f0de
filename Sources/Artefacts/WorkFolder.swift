import Glibc

/// A folder under a temporary name while a version is written. The lock on it tells other processes that its writer
/// lives; a folder without one was left by a crash.
struct WorkFolder: ~Copyable {
  private static let prefix = ".new-"
  /// Another writer cannot take so many names in a row.
  private static let attempts = 16

  let path: String
  private let descriptor: Int32

  init(in folder: String) throws(ArtefactError) {
    for _ in 0..<Self.attempts {
      let path = "\(folder)/\(Self.prefix)\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
      guard mkdir(path, 0o755) == 0 else {
        if errno == EEXIST { continue }
        throw .system("making", path)
      }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if descriptor >= 0, Self.lock(descriptor), !Self.isRemoved(descriptor) {
        self.path = path
        self.descriptor = descriptor
        return
      }
      // A cleaner came between making and locking.
      if descriptor >= 0 { close(descriptor) }
    }
    throw ArtefactError(.unavailable, "\(folder): temporary folders vanish as they are made; who else cleans it?")
  }

  deinit {
    // After the rename nothing is left under this name.
    FileSystem.removeFolder(path)
    close(descriptor)
  }

  private static func lock(_ descriptor: Int32) -> Bool {
    // A file system without locks: the age of the folder must do (see `clean`).
    flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }

  private static func isRemoved(_ descriptor: Int32) -> Bool {
    var information = stat()
    return fstat(descriptor, &information) != 0 || information.st_nlink == 0
  }

  /// Removes what crashed writers and interrupted removals left. Errors are not reported: a reader may have no right
  /// to write here, and the left-overs harm nobody.
  static func clean(_ folder: String) {
    for name in (try? FileSystem.names(in: folder)) ?? [] {
      let path = folder + "/" + name
      if name.hasPrefix(removedPrefix) { FileSystem.removeFolder(path) }
      guard name.hasPrefix(prefix) else { continue }
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        FileSystem.removeFolder(path)
      } else if errno != EWOULDBLOCK, isOld(descriptor) {
        FileSystem.removeFolder(path)
      }
    }
  }

  /// A version on its way out: never half there under its own name.
  static let removedPrefix = ".old-"
  /// Longer than any publication takes.
  private static let abandonedSeconds = 3_600

  private static func isOld(_ descriptor: Int32) -> Bool {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { return false }
    return time(nil) - information.st_mtim.tv_sec > abandonedSeconds
  }
}
