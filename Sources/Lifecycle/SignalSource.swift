import Glibc
import Synchronization

/// Takes signals on a thread of its own, as plain calls.
///
/// The signals must be blocked in every thread, else the kernel may hand one to a thread that dies of it: call
/// `SignalSource.blockTermination()` first thing in `main`, as threads inherit the mask of their maker.
public final class SignalSource: Sendable {
  /// What asks a process to end.
  public static let termination: [Int32] = [SIGTERM, SIGINT]

  /// What the thread and its owner share.
  private final class State: Sendable {
    let closing = Atomic<Bool>(false)
    let thread = Condition<pthread_t?>(nil)
  }

  private let state = State()
  private let wakeSignal: Int32
  private let thread: ServiceThread

  /// - Parameter handler: called for each signal, one after another, on the source's thread.
  public init(
    _ signals: [Int32] = SignalSource.termination, handler: @escaping @Sendable (Int32) -> Void
  ) throws(ThreadError) {
    let state = state
    wakeSignal = signals.first ?? SIGTERM
    thread = try ServiceThread("signals") {
      state.thread.update { $0 = pthread_self() }
      var set = Self.mask(signals)
      while true {
        var signal: Int32 = 0
        guard sigwait(&set, &signal) == 0 else { continue }
        if state.closing.load(ordering: .acquiring) { return }
        handler(signal)
      }
    }
  }

  /// Ends the thread, by a signal that only it gets.
  public func close() {
    state.closing.store(true, ordering: .releasing)
    deliver(wakeSignal)
    thread.join()
  }

  /// Sends a signal to the source's thread alone; the rest of the process never sees it.
  package func deliver(_ signal: Int32) {
    guard !thread.hasFinished, let waiting = state.thread.wait(until: { $0 }) else { return }
    pthread_kill(waiting, signal)
  }

  /// Blocks SIGTERM and SIGINT in this thread and in all that it starts, and ignores SIGPIPE: a peer that hung up is
  /// an error of `write`, not a reason to die.
  public static func blockTermination() {
    signal(SIGPIPE, SIG_IGN)
    var set = mask(termination)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    for signal in termination { handOn(signal) }
  }

  /// Libraries make threads before `main` (OpenBLAS as many as there are cores), which block nothing and which the kernel
  /// likes to choose. Such a thread gives the signal back to the process and blocks it from then on, so that it comes to
  /// whoever waits for it.
  private static func handOn(_ signal: Int32) {
    var action = sigaction()
    action.sa_flags = SA_SIGINFO | SA_RESTART
    action.__sigaction_handler.sa_sigaction = { signal, _, context in
      // The mask that the thread gets back when the handler returns. Nothing here may allocate or lock.
      guard let context = context?.assumingMemoryBound(to: ucontext_t.self) else { return }
      sigaddset(&context.pointee.uc_sigmask, signal)
      kill(getpid(), signal)
    }
    sigaction(signal, &action, nil)
  }

  /// Takes back what `blockTermination` did to the signals that end a process: for a program without services. Of the
  /// calling thread, and of those that it starts from then on.
  public static func allowTermination() {
    var set = mask(termination)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// - Returns: the mask before, for `restore`.
  static func blockAll() -> sigset_t {
    var set = sigset_t()
    var before = sigset_t()
    sigfillset(&set)
    pthread_sigmask(SIG_SETMASK, &set, &before)
    return before
  }

  static func restore(_ mask: sigset_t) {
    var mask = mask
    pthread_sigmask(SIG_SETMASK, &mask, nil)
  }

  private static func mask(_ signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }
}
