import Lifecycle

/// Counts records that were sent and must be acknowledged before the batch that caused them may be stored. Any thread.
final class AckBarrier: Sendable {
  private struct State: Sendable {
    var outstanding = 0
    var failure: String?
  }

  private let state = Condition(State())

  func sent() { state.update { $0.outstanding += 1 } }

  func acknowledged(failure: String?) {
    state.update { state in
      state.outstanding -= 1
      if let failure { state.failure = failure }
    }
  }

  /// Waits until nothing is outstanding.
  /// - Returns: why one of them was not taken; nil when all were. The next wait starts anew.
  func wait(atMost limit: Duration) -> AckOutcome {
    state.wait(atMost: limit) { state -> AckOutcome? in
      guard state.outstanding == 0 else { return nil }
      defer { state.failure = nil }
      return state.failure.map { .failed($0) } ?? .allAcknowledged
    } ?? .timedOut
  }
}

enum AckOutcome: Sendable, Equatable {
  case allAcknowledged
  case failed(String)
  case timedOut
}
