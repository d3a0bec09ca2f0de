import Foundation

/// Runs work on one thread that lives as long as the process.
///
/// A child with a parent-death signal gets it when the thread that started it ends; the threads on which tests run come
/// and go.
enum SpawnThread {
  private static let worker = Worker()

  static func run<T>(_ work: @escaping () throws -> T) throws -> T { try worker.run(work) }

  /// `@unchecked`: `waiting` is read and written under `condition`'s lock only.
  private final class Worker: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [() -> Void] = []

    init() {
      let thread = Thread { [self] in while true { next()() } }
      thread.name = "spawn"
      thread.start()
    }

    private func next() -> () -> Void {
      condition.lock()
      defer { condition.unlock() }
      while waiting.isEmpty { condition.wait() }
      return waiting.removeFirst()
    }

    func run<T>(_ work: @escaping () throws -> T) throws -> T {
      let done = DispatchSemaphore(value: 0)
      var outcome: Result<T, any Error>?
      condition.lock()
      waiting.append {
        outcome = Result { try work() }
        done.signal()
      }
      condition.signal()
      condition.unlock()
      done.wait()
      guard let outcome else { throw TestToolError("the spawn thread gave no answer") }
      return try outcome.get()
    }
  }
}
