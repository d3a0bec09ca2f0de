import Glibc

/// A POSIX semaphore.
// Proof of Sendable: `sem_t` is made for use by many threads, and the pointer to it never changes.
final class Semaphore: @unchecked Sendable {
  private let handle: UnsafeMutablePointer<sem_t>

  init() {
    handle = .allocate(capacity: 1)
    sem_init(handle, 0, 0)
  }

  deinit {
    sem_destroy(handle)
    handle.deallocate()
  }

  func signal() { sem_post(handle) }

  /// - Returns: false when the time is up.
  func wait(_ limit: Duration) -> Bool {
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    let (seconds, attoseconds) = limit.components
    let nanoseconds = end.tv_nsec + Int(attoseconds / 1_000_000_000)
    end.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    while sem_timedwait(handle, &end) != 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}

/// A thread that nobody joins, with all signals blocked: signals belong to the thread that waits for them.
func startDetachedThread(named name: String, _ body: @escaping @Sendable () -> Void) {
  final class Body {
    let name: String
    let run: @Sendable () -> Void
    init(_ name: String, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }
  var all = sigset_t()
  var before = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_SETMASK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  var thread = pthread_t()
  let argument = Unmanaged.passRetained(Body(name, body))
  let status = pthread_create(
    &thread, nil,
    { @Sendable pointer in
      guard let pointer else { return nil }
      let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
      nameThisThread(body.name)
      body.run()
      return nil
    }, argument.toOpaque())
  guard status == 0 else {
    argument.release()
    preconditionFailure("cannot start the thread \"\(name)\": error \(status); raise the process limit (ulimit -u)")
  }
  pthread_detach(thread)
}

/// Sets the name that `top -H` and debuggers show. By way of /proc: `pthread_setname_np` is not in Swift's Glibc.
package func nameThisThread(_ name: String) {
  // The kernel keeps 15 bytes.
  var short = String(name.prefix(15))
  let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
  guard file >= 0 else { return }
  short.withUTF8 { _ = write(file, $0.baseAddress, $0.count) }
  close(file)
}
