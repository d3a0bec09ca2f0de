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

  /// Whether the process that started `server` is alive: only then the server is still its child.
  func isOwned(_ server: pid_t) -> Bool {
    guard let owner = Self.read(ownerPath) else { return false }
    return Self.statistics(of: server)?.parent == owner
  }

  /// This process starts the next server.
  func own() {
    guard let file = fopen(ownerPath, "w") else { return }
    fputs("\(getpid())", file)
    fclose(file)
  }

  /// The number that a small file holds.
  private static func read(_ path: String) -> pid_t? {
    text(path).flatMap { pid_t($0.prefix { $0.isNumber }) }
  }

  /// Name and parent of a process that runs; a zombie does not.
  private static func statistics(of pid: pid_t) -> (name: String, parent: pid_t)? {
    // "pid (name) state parent ...": the name may hold anything, also brackets.
    guard let text = text("/proc/\(pid)/stat"), let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
    else { return nil }
    let rest = text[text.index(after: close)...].split(separator: " ")
    guard rest.count > 1, rest[0] != "Z", let parent = pid_t(rest[1]) else { return nil }
    return (String(text[text.index(after: open)..<close]), parent)
  }

  private static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1_024)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
