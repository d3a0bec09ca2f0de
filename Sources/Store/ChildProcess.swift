import Glibc

/// A child process in a process group of its own: the terminal's Ctrl-C reaches us, and we stop the child in our order.
/// One thread at a time.
final class ChildProcess {
  let pid: pid_t
  private var status: Int32?

  /// Starts `arguments[0]`, looked up in PATH. The child gets SIGTERM when the calling thread's process dies, however
  /// it dies (setpriv is part of util-linux, which Debian cannot be without).
  init(_ arguments: [String]) throws(StoreError) {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    posix_spawnattr_setpgroup(&attributes, 0)
    // The child must not inherit the signals that we have blocked.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    let words = (["setpriv", "--pdeathsig", "TERM"] + arguments)
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    var started: pid_t = 0
    let code = posix_spawnp(&started, "setpriv", nil, &attributes, pointers, environ)
    guard code == 0 else {
      throw StoreError(.configuration, "\(arguments[0]) cannot be started: \(String(cString: strerror(code)))")
    }
    pid = started
  }

  var isRunning: Bool {
    if status != nil { return false }
    var code: Int32 = 0
    if waitpid(pid, &code, WNOHANG) == pid { status = code }
    return status == nil
  }

  /// SIGTERM, then SIGKILL after `graceMs`.
  func stop(graceMs: Int) {
    guard isRunning else { return }
    kill(pid, SIGTERM)
    for _ in 0..<max(1, graceMs / 10) where isRunning { usleep(10_000) }
    guard isRunning else { return }
    kill(pid, SIGKILL)
    while isRunning { usleep(1_000) }
  }
}
