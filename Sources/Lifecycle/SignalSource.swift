import Glibc
import Synchronization

/// Takes signals on a thread of its own, as plain calls.
///
/// The kernel hands a signal to any thread that does not block it. The maker's thread blocks them from then on, every
/// `ServiceThread` does anyway, and threads of libraries that were there before `main` (OpenBLAS starts some as it is
/// loaded) pass theirs on. Until a source is made, signals have their usual meaning.
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
  private let signals: [Int32]
  private let thread: ServiceThread

  /// - Parameter handler: called for each signal, one after another, on the source's thread.
  public init(
    _ signals: [Int32] = SignalSource.termination, handler: @escaping @Sendable (Int32) -> Void
  ) throws(ThreadError) {
    let state = state
    self.signals = signals
    var blocked = Self.mask(signals)
    pthread_sigmask(SIG_BLOCK, &blocked, nil)
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
    if let waiting = state.thread.wait(until: { $0 }) { StraySignals.forward(signals, to: waiting) }
  }

  /// Ends the thread, by a signal that only it gets.
  public func close() {
    StraySignals.stop(signals)
    state.closing.store(true, ordering: .releasing)
    deliver(wakeSignal)
    thread.join()
  }

  /// Sends a signal to the source's thread alone; the rest of the process never sees it.
  package func deliver(_ signal: Int32) {
    guard !thread.hasFinished, let waiting = state.thread.wait(until: { $0 }) else { return }
    pthread_kill(waiting, signal)
  }

  /// First thing in `main`: a peer that hung up is an error of `write`, not a reason to die.
  public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// Runs `body` with every signal blocked: threads that it starts, a library's among them, inherit that and are never
  /// interrupted.
  public static func blocked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
  }

  private static func mask(_ signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }
}

/// What happens to a signal in a thread that we have not made.
private enum StraySignals {
  /// The source's thread; 0 without one.
  static let source = Atomic<UInt>(0)

  /// The handlers stand for the whole process; the latest source has them.
  static func forward(_ signals: [Int32], to thread: pthread_t) {
    source.store(UInt(thread), ordering: .releasing)
    for number in signals {
      var action = sigaction()
      // Runs in the stray thread; an atomic load and pthread_kill are all that it may do there.
      action.__sigaction_handler.sa_handler = { number in
        let thread = StraySignals.source.load(ordering: .acquiring)
        if thread != 0 { pthread_kill(pthread_t(thread), number) }
      }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  static func stop(_ signals: [Int32]) {
    source.store(0, ordering: .releasing)
    for number in signals { signal(number, SIG_DFL) }
  }
}
