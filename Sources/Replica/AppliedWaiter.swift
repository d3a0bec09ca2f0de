import Lifecycle
import Store
import Synchronization
import Telemetry

/// Calls back when the state holds the events up to given offsets: what `POST /events?wait=applied` waits for.
///
/// A shard that a member of this process owns is known without asking; of others the stored position is read, every few
/// milliseconds while somebody waits. Bounded: who waits too long is forgotten (the request has been answered by then).
public final class AppliedWaiter: Service {
  private struct Waiter {
    var offsets: [Int32: Int64]
    let deadline: Deadline
    let done: @Sendable () -> Void
  }

  /// Longer than any request's time limit.
  private static let patience = Duration.seconds(60)
  private static let idleInterval = Duration.milliseconds(100)
  private static let storeInterval = Duration.milliseconds(2)
  /// In-process progress wakes us; this only bounds a wake-up that was missed.
  private static let progressInterval = Duration.milliseconds(20)

  public let name = "applied"
  private let progress: ShardProgress
  private let makeStore: StoreFactory
  private let logName: String
  private let arrivals = Condition<[Waiter]>([])
  private let request = StopRequest()

  /// - Parameter log: the log whose offsets are waited for; a position of another is no answer.
  public init(progress: ShardProgress, store: @escaping StoreFactory, log: String) {
    self.progress = progress
    makeStore = store
    logName = log
  }

  /// - Parameter offsets: for each shard the first offset that need not be applied. Any thread.
  public func wait(for offsets: [Int32: Int64], done: @escaping @Sendable () -> Void) {
    let waiter = Waiter(offsets: offsets, deadline: Deadline(after: Self.patience), done: done)
    arrivals.update { $0.append(waiter) }
    progress.wake()
  }

  public func start() throws {}

  public func run() throws {
    let store = try makeStore()
    var waiting: [Waiter] = []
    var seen: UInt64 = 0
    while !request.isMade {
      if waiting.isEmpty {
        waiting = arrivals.wait(atMost: Self.idleInterval) { $0.isEmpty ? nil : Self.take(&$0) } ?? []
      } else {
        waiting += arrivals.update { Self.take(&$0) }
      }
      guard !waiting.isEmpty else { continue }
      let asksStore = settle(&waiting, store)
      guard !waiting.isEmpty else { continue }
      if asksStore {
        request.wait(atMost: Self.storeInterval)
      } else {
        seen = progress.wait(after: seen, atMost: Self.progressInterval)
      }
    }
  }

  private static func take(_ waiters: inout [Waiter]) -> [Waiter] {
    defer { waiters = [] }
    return waiters
  }

  public func stop(by deadline: Deadline) {
    request.make()
    progress.wake()
  }

  /// Answers those whose offsets have been reached.
  /// - Returns: whether some of the shards belong to other processes.
  private func settle(_ waiting: inout [Waiter], _ store: any RecordStore) -> Bool {
    var reached: [Int32: Int64] = [:]
    var asksStore = false
    for shard in Set(waiting.flatMap(\.offsets.keys)) {
      if let offset = progress.nextOffset(of: shard) {
        reached[shard] = offset
      } else {
        asksStore = true
        if let position = try? store.position(of: shard), position.log == logName {
          reached[shard] = position.nextOffset
        }
      }
    }
    waiting.removeAll { waiter in
      let isDone = waiter.offsets.allSatisfy { reached[$0.key, default: -1] >= $0.value }
      if isDone { waiter.done() }
      return isDone || waiter.deadline.hasPassed
    }
    return asksStore
  }
}
