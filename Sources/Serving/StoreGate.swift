import Synchronization

/// Keeps the workers from waiting one by one for a store that does not answer: while it is away one of them asks, now and
/// then, and the others serve from memory at once. Any thread.
final class StoreGate: Sendable {
  /// From a failure to the next attempt. Short: it is how much longer than the store an outage lasts for clients; a store
  /// that hangs costs one worker its time-out in each of them.
  static let probeInterval: UInt64 = 250_000_000

  private struct Outage {
    var nextProbe: UInt64
    var isProbing = false
  }

  private let isAway = Atomic<Bool>(false)
  private let outage = Mutex<Outage?>(nil)

  init() {}

  /// Whether the caller may ask the store; it then tells `failed` or `succeeded`.
  /// - Parameter now: monotonic nanoseconds.
  func admit(now: UInt64) -> Bool {
    guard isAway.load(ordering: .relaxed) else { return true }
    return outage.withLock { outage in
      guard let current = outage else { return true }
      guard !current.isProbing, now >= current.nextProbe else { return false }
      outage?.isProbing = true
      return true
    }
  }

  /// - Returns: whether this is the first failure since the last success.
  func failed(now: UInt64) -> Bool {
    outage.withLock { outage in
      let isFirst = outage == nil
      outage = Outage(nextProbe: now &+ Self.probeInterval)
      isAway.store(true, ordering: .relaxed)
      return isFirst
    }
  }

  /// - Returns: whether this is the first success since the last failure.
  func succeeded() -> Bool {
    guard isAway.load(ordering: .relaxed) else { return false }
    return outage.withLock { outage in
      let wasAway = outage != nil
      outage = nil
      isAway.store(false, ordering: .relaxed)
      return wasAway
    }
  }
}
