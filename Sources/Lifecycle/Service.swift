/// A long task with a beginning and an end. Each runs in a `ServiceGroup`, and in nothing else.
///
/// The group calls `start` (one service after another), then `run` on a thread of the service's own, and `stop` at most
/// once, from another thread.
public protocol Service: AnyObject, Sendable {
  /// Names the thread and the log lines.
  var name: String { get }

  /// Makes ready: opens, connects, binds. When it returns, services after this one may rely on it. Short: work that
  /// takes long belongs in `run`, as a signal is not looked at before `start` returns.
  func start() throws

  /// Works until `stop` is called, then returns. To throw, or to return unasked, ends the whole group, unless the
  /// service is declared as one that may finish.
  func run() throws

  /// Makes `run` return soon. Must not wait long itself: the group waits for `run`, until the deadline.
  /// Called also when `run` has returned or was never called; frees what `start` opened.
  func stop(by deadline: Deadline)
}

/// A service made of closures, for small ones and for tests.
public final class ClosureService: Service {
  public let name: String
  private let onStart: @Sendable () throws -> Void
  private let onRun: @Sendable (StopRequest) throws -> Void
  private let onStop: @Sendable (Deadline) -> Void
  private let request = StopRequest()

  /// - Parameter run: works until the request is made, then returns.
  public init(
    _ name: String, start: @escaping @Sendable () throws -> Void = {},
    run: @escaping @Sendable (StopRequest) throws -> Void = { $0.wait() },
    stop: @escaping @Sendable (Deadline) -> Void = { _ in }
  ) {
    self.name = name
    onStart = start
    onRun = run
    onStop = stop
  }

  public func start() throws { try onStart() }
  public func run() throws { try onRun(request) }
  public func stop(by deadline: Deadline) {
    request.make()
    onStop(deadline)
  }
}

/// A request to stop, made once and seen by any thread.
public final class StopRequest: Sendable {
  private let made = Condition(false)

  public init() {}

  public func make() { made.update { $0 = true } }
  public var isMade: Bool { made.update { $0 } }

  /// Sleeps until the request is made, or the time is up.
  /// - Parameter limit: nil waits for ever.
  /// - Returns: whether the request was made.
  @discardableResult public func wait(atMost limit: Duration? = nil) -> Bool {
    made.wait(atMost: limit) { $0 ? true : nil } ?? false
  }
}
