import Glibc
import Synchronization

/// Writes the lines that still wait when the process crashes.
///
/// The handler uses only what a signal handler may: an atomic load, a try-lock and `write`. Then it puts the previous
/// handler back and raises the signal again, so that Swift's backtrace and the core dump come as without it.
public enum CrashFlush {
  /// The signals of a crash; traps of Swift are SIGILL or SIGTRAP.
  private static let signals = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT]

  /// Call once, early in `main`, before other threads start.
  public static func install(for sink: LogSink = .standardError) {
    // Kept for ever: a handler may run until the last instruction of the process.
    let address = UInt(bitPattern: Unmanaged.passRetained(sink).toOpaque())
    crashSink.store(address, ordering: .releasing)
    for signal in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { @Sendable number in flushAndRaise(number) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_ONSTACK))
      var previous = sigaction()
      if sigaction(signal, &action, &previous) == 0 { previousActions[Int(signal)] = previous }
    }
  }
}

/// Address of the sink, or 0.
private let crashSink = Atomic<UInt>(0)
/// Indexed by signal number.
// Written by `install` before other threads start, and only read afterwards.
nonisolated(unsafe) private let previousActions: UnsafeMutablePointer<sigaction> = {
  let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
  actions.initialize(repeating: sigaction(), count: 65)
  return actions
}()

private func flushAndRaise(_ signal: Int32) {
  if let sink = UnsafeRawPointer(bitPattern: crashSink.load(ordering: .acquiring)) {
    Unmanaged<LogSink>.fromOpaque(sink)._withUnsafeGuaranteedRef { $0.writeWithoutWaiting() }
  }
  sigaction(signal, previousActions + Int(signal), nil)
  raise(signal)
}
