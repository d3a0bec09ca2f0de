import Glibc

/// A value under a lock, with waiting for its changes: `pthread_mutex_t` and `pthread_cond_t` on the monotonic clock.
// Proof of Sendable: `value` is touched under `mutex` alone, and the two pointers never change.
public final class Condition<Value: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value

  public init(_ value: Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Changes or reads the value, and wakes everybody who waits for it.
  public func update<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }
    return try body(&value)
  }

  /// Waits until `body` gives a result.
  /// - Parameter limit: nil waits for ever.
  /// - Returns: nil when the time is up.
  public func wait<Result>(atMost limit: Duration? = nil, until body: (inout Value) -> Result?) -> Result? {
    var end = timespec()
    if let limit {
      let nanoseconds = min(
        SystemClock().monotonicNanoseconds.addingReportingOverflow(UInt64(max(0, limit.wholeNanoseconds))).partialValue,
        UInt64(Int64.max))
      end.tv_sec = Int(nanoseconds / 1_000_000_000)
      end.tv_nsec = Int(nanoseconds % 1_000_000_000)
    }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&value) { return result }
      if limit == nil {
        pthread_cond_wait(changed, mutex)
      } else if pthread_cond_timedwait(changed, mutex, &end) == ETIMEDOUT {
        return body(&value)
      }
    }
  }
}
