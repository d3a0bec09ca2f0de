import Glibc
import Synchronization
import Telemetry

/// A plain thread with a name, a priority and an end that can be waited for.
///
/// Signals are blocked in it: they belong to `SignalSource`.
public final class ServiceThread: Sendable {
  /// 8 MiB as the main thread has: OpenBLAS and FAISS put large scratch on the stack.
  public static let stackBytes = 8 << 20

  public let name: String
  private let finished = Condition(false)

  /// Starts at once.
  /// - Parameters:
  ///   - name: shown by `top -H`; the kernel keeps 15 bytes.
  ///   - nice: from 0 (normal) to 19 (only what others leave); for training. Linux has it by thread.
  public init(_ name: String, nice: Int32 = 0, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    self.name = name
    let finished = finished
    let start = ThreadStart {
      nameThisThread(name)
      // 0 is the calling thread: on Linux, priorities belong to threads.
      if nice > 0 { setpriority(Int32(PRIO_PROCESS.rawValue), 0, nice) }
      body()
      finished.update { $0 = true }
    }
    try start.launch(named: name)
  }

  public var hasFinished: Bool { finished.update { $0 } }

  /// Waits for the body to return.
  /// - Parameter limit: nil waits for ever.
  /// - Returns: whether it did.
  @discardableResult public func join(atMost limit: Duration? = nil) -> Bool {
    finished.wait(atMost: limit) { $0 ? true : nil } ?? false
  }
}

/// The system would not start a thread.
public struct ThreadError: Error, CustomStringConvertible {
  public let name: String
  public let code: Int32
  public var description: String {
    "cannot start the thread \"\(name)\" (error \(code)); raise the limit on processes (ulimit -u) or the memory"
  }
}

/// What travels through `pthread_create`.
private final class ThreadStart: Sendable {
  private let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }

  func launch(named name: String) throws(ThreadError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, ServiceThread.stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(self)
    let status = SignalSource.blocked {
      pthread_create(
        &thread, &attributes,
        { @Sendable pointer in
          guard let pointer else { return nil }
          Unmanaged<ThreadStart>.fromOpaque(pointer).takeRetainedValue().run()
          return nil
        }, argument.toOpaque())
    }
    if status != 0 {
      argument.release()
      throw ThreadError(name: name, code: status)
    }
  }
}
