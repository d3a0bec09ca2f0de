import Glibc

/// A bounded queue between the I/O threads and the workers.
///
/// A place is taken before the connection is suspended, so that a full queue costs no suspension.
// Proof of Sendable: everything mutable is touched under `mutex` alone; the two pointers never change.
final class WorkQueue<Job: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let filled: UnsafeMutablePointer<pthread_cond_t>
  private var ring: [Job?]
  private var head = 0
  private var count = 0
  private var reserved = 0
  private var idleWorkers = 0
  private var isClosed = false

  /// - Precondition: `capacity` is at least 1.
  init(capacity: Int) {
    precondition(capacity > 0, "a queue for \(capacity) jobs")
    ring = Array(repeating: nil, count: capacity)
    mutex = .allocate(capacity: 1)
    filled = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(filled, nil)
  }

  deinit {
    pthread_cond_destroy(filled)
    pthread_mutex_destroy(mutex)
    filled.deallocate()
    mutex.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  var depth: Int { locked { count } }

  /// Takes a place.
  /// - Returns: false when the queue is full or closed.
  func reserve() -> Bool {
    locked {
      guard !isClosed, count + reserved < ring.count else { return false }
      reserved += 1
      return true
    }
  }

  func giveBackReservation() { locked { reserved -= 1 } }

  /// Fills the place that was taken.
  func push(_ job: Job) {
    let wake = locked {
      reserved -= 1
      ring[(head + count) % ring.count] = job
      count += 1
      return idleWorkers > 0
    }
    // One worker, and outside the lock, which it would have to wait for.
    if wake { pthread_cond_signal(filled) }
  }

  /// Waits for a job.
  /// - Returns: nil when the queue is closed and empty.
  func pop() -> Job? {
    locked {
      while true {
        if count > 0, let job = ring[head] {
          ring[head] = nil
          head = (head + 1) % ring.count
          count -= 1
          return job
        }
        if isClosed { return nil }
        idleWorkers += 1
        pthread_cond_wait(filled, mutex)
        idleWorkers -= 1
      }
    }
  }

  /// Lets the workers go when they have taken what is there.
  func close() {
    locked { isClosed = true }
    pthread_cond_broadcast(filled)
  }
}
