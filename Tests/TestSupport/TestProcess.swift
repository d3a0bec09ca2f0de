import Foundation
import Synchronization

/// A real process under test: started with its own environment, its output in a file, killed when the object goes or
/// when the test process dies.
public final class TestProcess: Sendable {
  public let pid: pid_t
  /// Standard output and standard error, one after the other as they come.
  public let outputPath: String
  /// How it ended, once it was waited for.
  private let ended = Mutex<Int32?>(nil)

  /// - Parameters:
  ///   - arguments: the program (looked up in PATH) and its arguments.
  ///   - environment: added to the test's own; nil removes a variable.
  ///   - outputPath: appended to, so that a restart keeps the first run's lines.
  public init(
    _ arguments: [String], environment: [String: String?] = [:], directory: String? = nil, outputPath: String
  ) throws {
    self.outputPath = outputPath
    var variables = ProcessInfo.processInfo.environment
    for (name, value) in environment { variables[name] = value }
    // setpriv, of util-linux: the child is killed when the test dies, however it dies.
    var words = ["setpriv", "--pdeathsig", "KILL"] + arguments
    if let directory { words = ["env", "-C", directory] + words }
    let lines = variables.map { "\($0.key)=\($0.value)" }
    pid = try SpawnThread.run { [words] in try Self.spawn(words, lines, outputPath) }
  }

  deinit {
    if isRunning {
      kill(-pid, SIGKILL)
      _ = wait(seconds: 10)
    }
  }

  private static func spawn(_ words: [String], _ variables: [String], _ outputPath: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    // What the test may ignore (SIGPIPE, and in the background of a shell SIGINT) has its usual meaning again.
    var usual = sigset_t()
    sigemptyset(&usual)
    for signal in [SIGPIPE, SIGINT, SIGTERM] { sigaddset(&usual, signal) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var argv = words.map { strdup($0) } + [nil]
    var envp = variables.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, words[0], &actions, &attributes, &argv, &envp)
    guard code == 0 else { throw TestToolError("\(words[0]): \(String(cString: strerror(code)))") }
    return pid
  }

  /// False once it has ended.
  public var isRunning: Bool { poll() == nil }

  /// Exit status as a shell gives it (128 + signal for a signal); nil while it runs.
  public var exitStatus: Int32? {
    guard let status = poll() else { return nil }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  private func poll() -> Int32? {
    ended.withLock { ended in
      if ended != nil { return ended }
      var status: Int32 = 0
      // A child that somebody else has waited for has ended as well.
      switch waitpid(pid, &status, WNOHANG) {
      case pid: ended = status
      case -1 where errno == ECHILD: ended = 0
      default: break
      }
      return ended
    }
  }

  /// Sends a signal, unless the process has ended: its id may be another's by then.
  public func send(_ signal: Int32) { if isRunning { kill(pid, signal) } }

  public func pause() { send(SIGSTOP) }
  public func resume() { send(SIGCONT) }

  /// `kill -9` of the process and of those that it has forked, and waits until it is gone.
  public func killNow() {
    if isRunning { kill(-pid, SIGKILL) }
    _ = wait(seconds: 10)
  }

  /// SIGTERM, and waits.
  /// - Returns: the exit status; nil where it was still running after `seconds`.
  public func terminate(seconds: Double = 15) -> Int32? {
    send(SIGTERM)
    return wait(seconds: seconds)
  }

  /// Waits for the end.
  public func wait(seconds: Double) -> Int32? {
    _ = Waiting.until(seconds: seconds) { !isRunning }
    return exitStatus
  }

  public var output: String {
    (try? String(decoding: Data(contentsOf: URL(fileURLWithPath: outputPath)), as: UTF8.self)) ?? ""
  }

  /// Waits until the output contains `text`.
  public func waitForOutput(_ text: String, seconds: Double = 30) -> Bool {
    Waiting.until(seconds: seconds) { output.contains(text) || !isRunning } && output.contains(text)
  }
}
