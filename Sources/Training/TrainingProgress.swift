import Glibc
import Lifecycle
import Telemetry

/// How far a training is: a bar on a terminal, a line every few seconds elsewhere.
struct TrainingProgress {
  private static let lineInterval = Duration.seconds(5)
  private static let width = 30

  private let what: String
  private let clock: any FreshetClock
  private let log: Logger
  private let isTerminal: Bool
  private var next: Deadline
  private var drawn = -1

  init(_ what: String, clock: any FreshetClock, log: Logger, isTerminal: Bool = isatty(STDERR_FILENO) == 1) {
    self.what = what
    self.clock = clock
    self.log = log
    self.isTerminal = isTerminal
    next = Deadline(after: Self.lineInterval, clock: clock)
  }

  mutating func show(_ done: Int, of total: Int) {
    if isTerminal {
      let share = min(Self.width, done * Self.width / max(1, total))
      guard share != drawn else { return }
      drawn = share
      let bar = String(repeating: "#", count: share) + String(repeating: ".", count: Self.width - share)
      Self.write("\r\u{1B}[Ktraining \(what) [\(bar)] \(done)/\(total)")
    } else if next.hasPassed {
      next = Deadline(after: Self.lineInterval, clock: clock)
      log.info("training", ["stage": "\(what)", "round": .integer(done), "rounds": .integer(total)])
    }
  }

  func end() {
    if isTerminal && drawn >= 0 { Self.write("\r\u{1B}[K") }
  }

  private static func write(_ text: String) {
    var copy = text
    _ = copy.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
