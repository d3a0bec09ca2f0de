import Glibc

/// Wall time and memory of this process.
enum ProcessFigures {
  /// Seconds of a clock that only moves forward.
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Largest resident set so far, in bytes.
  static func peakBytes() -> Int {
    var usage = rusage()
    // RUSAGE_SELF is 0; its imported type differs from the parameter's.
    getrusage(0, &usage)
    return usage.ru_maxrss * 1_024
  }
}

/// How far a run is: a one-line bar on a terminal, elsewhere a line every half a minute, so that a log shows that it goes on.
struct ProgressBar {
  private static let lineSeconds = 30.0

  private let isShown: Bool
  private let isTerminal: Bool
  private let total: Int
  private var drawn = -1
  private var nextLine: Double

  init(total: Int, isWanted: Bool) {
    self.total = max(1, total)
    isShown = isWanted
    isTerminal = isatty(STDERR_FILENO) == 1
    nextLine = ProcessFigures.seconds() + Self.lineSeconds
  }

  mutating func show(_ done: Int, _ what: String) {
    guard isShown else { return }
    guard isTerminal else { return showLine(done, what) }
    let share = done * 40 / total
    guard share != drawn else { return }
    drawn = share
    let bar = String(repeating: "#", count: share) + String(repeating: ".", count: 40 - share)
    Self.write("\r\(what) [\(bar)] \(done)/\(total)")
  }

  private mutating func showLine(_ done: Int, _ what: String) {
    let now = ProcessFigures.seconds()
    guard now >= nextLine else { return }
    nextLine = now + Self.lineSeconds
    Self.write("\(what) \(done)/\(total)\n")
  }

  func end() {
    if isShown && isTerminal { Self.write("\n") }
  }

  private static func write(_ text: String) {
    var copy = text
    _ = copy.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
