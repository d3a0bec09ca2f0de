import Synchronization

/// Tells the changes of the store's health apart from its repetitions: an outage is one line, not one a request.
final class StoreLog: Sendable {
  private let isAway = Atomic<Bool>(false)

  /// - Returns: whether this is the first failure since the last success.
  func failed() -> Bool { !isAway.exchange(true, ordering: .relaxed) }

  /// - Returns: whether this is the first success since the last failure.
  func succeeded() -> Bool {
    guard isAway.load(ordering: .relaxed) else { return false }
    return isAway.exchange(false, ordering: .relaxed)
  }
}
