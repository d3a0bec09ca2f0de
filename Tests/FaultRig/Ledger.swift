import Synchronization

/// What was produced and what became of it, as its producers know it. Any thread.
final class Ledger: Sendable {
  private struct State {
    var produced = 0
    var acknowledged: Set<Int> = []
    var badAcknowledged = 0
    var problems: [String] = []
  }

  private let state = Mutex(State())

  func produced() { state.withLock { $0.produced += 1 } }

  /// A broker, or the API in its name, has said that it keeps the event.
  func acknowledged(_ event: SourceEvent) {
    state.withLock { state in
      if event.isBad {
        state.badAcknowledged += 1
      } else {
        state.acknowledged.insert(event.serial)
      }
    }
  }

  /// Something that must never happen.
  func problem(_ text: String) { state.withLock { $0.problems.append(text) } }

  func takeProblems() -> [String] {
    state.withLock { state in
      defer { state.problems = [] }
      return state.problems
    }
  }

  var producedCount: Int { state.withLock { $0.produced } }
  var acknowledgedCount: Int { state.withLock { $0.acknowledged.count } }
  var badCount: Int { state.withLock { $0.badAcknowledged } }

  /// Acknowledged events that are not among `found`.
  func missing(among found: Set<Int>) -> [Int] {
    state.withLock { $0.acknowledged.subtracting(found).sorted() }
  }
}
