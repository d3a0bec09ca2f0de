import Glibc

/// What a private redis-server leaves in its folder, so that the next process knows whether it may use it: the server's
/// process id, which the server writes, and the one of the process that started it, and dies with it.
struct PrivateRedisTrace {
  let serverPath: String
  private let folder: String
  private let ownerPath: String

  init(folder: String) {
    self.folder = folder
    serverPath = folder + "/redis.pid"
    ownerPath = folder + "/owner.pid"
  }

  /// The server on this folder, where it runs.
  var running: pid_t? {
    guard let pid = Self.read(serverPath), Self.statistics(of: pid)?.name == "redis-server" else { return nil }
    // One that was killed leaves its number behind, and another folder's server may have got it.
    var own = stat()
    var theirs = stat()
    guard stat(folder, &own) == 0, stat("/proc/\(pid)/cwd", &theirs) == 0 else { return nil }
    return own.st_ino == theirs.st_ino && own.st_dev == theirs.st_dev ? pid : nil
  }

  /// Whether the process that started `server` is alive, and not about to end: the server ends with it.
  func isOwned(_ server: pid_t) -> Bool {
    guard let owner = Self.read(ownerPath), Self.statistics(of: server)?.parent == owner else { return false }
    return Self.statistics(of: owner)?.isEnding == false
  }

  /// This process starts the next server.
  func own() throws(StoreError) {
    guard let file = fopen(ownerPath, "w") else { throw unwritable }
    let isWritten = fputs("\(getpid())", file) >= 0
    guard fclose(file) == 0, isWritten else { throw unwritable }
  }

  private var unwritable: StoreError {
    StoreError(
      .configuration, "\(ownerPath) cannot be written: \(String(cString: strerror(errno))); choose another --state")
  }

  /// The number that a small file holds.
  private static func read(_ path: String) -> pid_t? {
    text(path).flatMap { pid_t($0.prefix { $0.isNumber }) }
  }

  /// Of a process that runs; a zombie does not. After `kill -9` it takes a while until a process with much memory is gone:
  /// it is ending where the signal is pending, or its `PF_EXITING` is set.
  private static func statistics(of pid: pid_t) -> (name: String, parent: pid_t, isEnding: Bool)? {
    // "pid (name) state parent ...": the name may hold anything, also brackets. See proc(5).
    guard let text = text("/proc/\(pid)/stat"), let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 28, fields[0] != "Z", let parent = pid_t(fields[1]), let flags = UInt64(fields[6]),
      let pending = UInt64(fields[28])
    else { return nil }
    let isKilled = pending & 1 << (UInt64(SIGKILL) - 1) != 0
    return (String(text[text.index(after: open)..<close]), parent, isKilled || flags & 0x4 != 0)
  }

  private static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1_024)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
