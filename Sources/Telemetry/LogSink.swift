import Glibc
import Synchronization

/// Where lines go: one bounded queue and one writer thread per output.
///
/// Any thread may log at any time; none ever waits for the output. Rotation is left to journald or logrotate.
public final class LogSink: Sendable {
  /// A second of lines at 10,000 lines/s and 100 bytes; beyond it, lines are dropped and counted.
  public static let defaultCapacity = 1 << 20

  /// The process's log on standard error. Its level and format are set once, after the settings are read.
  public static let standardError = LogSink(descriptor: STDERR_FILENO)

  /// Erases what a status line or a progress bar has left on the terminal's last line.
  private static let eraseLine: StaticString = "\r\u{1B}[K"

  private let descriptor: Int32
  private let isTerminal: Bool
  private let queue: LogQueue
  private let threshold: Atomic<Int>
  private let json: Atomic<Bool>
  private let idle = Atomic<Bool>(false)
  private let stopping = Atomic<Bool>(false)
  private let written = Atomic<UInt64>(0)
  private let wake = Semaphore()
  private let stopped = Semaphore()

  /// - Parameters:
  ///   - descriptor: an open file descriptor; it is not closed.
  ///   - capacity: bytes that may wait for the writer.
  public init(
    descriptor: Int32, level: LogLevel = .info, format: LogFormat = .automatic, capacity: Int = defaultCapacity
  ) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
    queue = LogQueue(capacity: capacity)
    threshold = Atomic(level.severity)
    json = Atomic(Self.isJSON(format, descriptor))
    startDetachedThread(named: "log") { [self] in drain() }
  }

  private static func isJSON(_ format: LogFormat, _ descriptor: Int32) -> Bool {
    switch format {
    case .json: true
    case .human: false
    case .automatic: isatty(descriptor) == 0
    }
  }

  public func configure(level: LogLevel, format: LogFormat) {
    threshold.store(level.severity, ordering: .relaxed)
    json.store(Self.isJSON(format, descriptor), ordering: .relaxed)
  }

  /// Lines dropped because the queue was full, since the start.
  public var droppedLines: UInt64 { queue.droppedTotal }

  @inline(__always) func isEnabled(_ level: LogLevel) -> Bool {
    level.severity >= threshold.load(ordering: .relaxed)
  }

  /// Formats outside the lock, then copies.
  @inline(never) func emit(_ level: LogLevel, _ logger: String, _ message: String, _ fields: LogFields) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let capacity = LogLine.capacity(logger: logger, message: message, fields: fields)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
      guard let base = buffer.baseAddress else { return }
      var line = LogLine(base, json: json.load(ordering: .relaxed))
      line.write(now, level, logger, message, fields)
      _ = queue.append(UnsafeBufferPointer(start: base, count: line.count))
    }
    if idle.load(ordering: .relaxed), idle.exchange(false, ordering: .acquiringAndReleasing) { wake.signal() }
  }

  /// Waits until every line logged before this call is written, or the time is up: the last thing before `exit`.
  /// - Returns: whether all was written.
  @discardableResult public func flush(within limit: Duration = .seconds(1)) -> Bool {
    let target = queue.accepted
    let end = ContinuousClock.now + limit
    while written.load(ordering: .acquiring) < target {
      if ContinuousClock.now >= end { return false }
      wake.signal()
      usleep(500)
    }
    return true
  }

  /// Flushes and ends the writer thread; for a sink that does not live as long as the process.
  public func close(within limit: Duration = .seconds(1)) {
    flush(within: limit)
    stopping.store(true, ordering: .releasing)
    wake.signal()
    _ = stopped.wait(limit)
  }

  /// For a signal handler; see `CrashFlush`.
  func writeWithoutWaiting() { queue.writeWithoutWaiting(to: descriptor) }

  private func drain() {
    while true {
      let batch = queue.take()
      if batch.dropped > 0 { reportDropped(batch.dropped) }
      if batch.count > 0 {
        if isTerminal { writeAll(descriptor, Self.eraseLine.utf8Start, Self.eraseLine.utf8CodeUnitCount) }
        writeAll(descriptor, batch.bytes, batch.count)
        written.wrappingAdd(UInt64(batch.count), ordering: .releasing)
        continue
      }
      if stopping.load(ordering: .acquiring) { break }
      idle.store(true, ordering: .sequentiallyConsistent)
      // The time-out covers the line that slipped in between the look at the queue and the announcement.
      _ = wake.wait(.milliseconds(100))
    }
    stopped.signal()
  }

  private func reportDropped(_ count: UInt64) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 512) { buffer in
      guard let base = buffer.baseAddress else { return }
      var line = LogLine(base, json: json.load(ordering: .relaxed))
      line.write(now, .warning, "log", "log lines dropped: the queue was full", ["count": .integer(count)])
      writeAll(descriptor, base, line.count)
    }
  }
}
