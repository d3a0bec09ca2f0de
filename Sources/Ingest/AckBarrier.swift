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

  /// What was refused will be sent again.
  func restart() { state.update { $0.failure = nil } }

  /// Waits until nothing is outstanding.
  /// - Returns: a failure stays until `restart`: what was refused is not settled by asking again.
  func wait(atMost limit: Duration) -> AckOutcome {
    state.wait(atMost: limit) { state -> AckOutcome? in
      guard state.outstanding == 0 else { return nil }
      return state.failure.map { .failed($0) } ?? .allAcknowledged
    } ?? .timedOut
  }
}

enum AckOutcome: Sendable, Equatable {
  case allAcknowledged
  case failed(String)
  case timedOut
}
