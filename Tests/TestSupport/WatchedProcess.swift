import Foundation

/// A child process that dies with this process, however that ends: a shell beside it waits for the end of a pipe whose
/// other end only this process holds. (PR_SET_PDEATHSIG would go with the thread that has started the child.)
public final class WatchedProcess: @unchecked Sendable {
  // Proof of Sendable: constants, but for `status`, which `lock` guards.
  public let pid: pid_t
  private let watcher: pid_t
  private let pipeEnd: Int32
  private let lock = NSLock()
  private var status: Int32?

  /// - Parameter output: a file for standard output and error.
  public init(_ arguments: [String], output: String) throws {
    let file = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(file) }
    pid = try Self.spawn(arguments, input: nil, output: file)
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    watcher = try Self.spawn(["sh", "-c", "read line; kill -9 \(pid) 2>/dev/null"], input: ends[0], output: file)
    close(ends[0])
    pipeEnd = ends[1]
  }

  deinit { end(SIGKILL) }

  private static func spawn(_ arguments: [String], input: Int32?, output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    posix_spawnattr_setpgroup(&attributes, 0)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    var started: pid_t = 0
    let code = posix_spawnp(&started, arguments[0], &actions, &attributes, pointers, environ)
    guard code == 0 else {
      throw KafkaBroker.Failure(description: "\(arguments[0]): \(String(cString: strerror(code)))")
    }
    return started
  }

  public var isRunning: Bool { lock.withLock { reap(WNOHANG) == nil } }

  /// Waits for its end.
  /// - Returns: the status as `waitpid` has it: 0 is success.
  @discardableResult public func wait() -> Int32 { lock.withLock { reap(0) ?? -1 } }

  /// Sends the signal and waits; SIGKILL follows after 10 s.
  public func end(_ signal: Int32) {
    lock.withLock {
      if reap(WNOHANG) == nil { kill(pid, signal) }
      for _ in 0..<1_000 where reap(WNOHANG) == nil { usleep(10_000) }
      if reap(WNOHANG) == nil {
        kill(pid, SIGKILL)
        _ = reap(0)
      }
    }
  }

  private func reap(_ options: Int32) -> Int32? {
    if let status { return status }
    var code: Int32 = 0
    guard waitpid(pid, &code, options) == pid else { return nil }
    status = code
    // The number may be another process's soon: the watcher must not use it any more.
    kill(watcher, SIGKILL)
    waitpid(watcher, nil, 0)
    close(pipeEnd)
    return code
  }
}
