/// Hears what the server does: for metrics and the log. Called on I/O and worker threads; must be cheap and must not wait.
public protocol HTTPObserver: Sendable {
  /// An answer was handed over for sending.
  /// - Parameters:
  ///   - route: the pattern, such as `/items/{id}`, or "unmatched"; bounded, whatever clients send.
  ///   - seconds: from the request's last byte, or from its refusal, to the answer's first.
  func answered(route: String, status: Int, seconds: Double)
  /// A request was refused because the queue was full or its wait too long. `answered` follows.
  func shed(route: String)
  /// A handler threw what is not an `HTTPError`; the client got 500.
  func failed(route: String, error: any Error)
  /// The library has something to say, at most ten lines a second. May contain what a client sent.
  func libraryMessage(_ message: String)
}

extension HTTPObserver {
  public func answered(route: String, status: Int, seconds: Double) {}
  public func shed(route: String) {}
  public func failed(route: String, error: any Error) {}
  public func libraryMessage(_ message: String) {}
}

/// Hears nothing.
public struct SilentObserver: HTTPObserver {
  public init() {}
}

/// What a server holds at one moment, and what it has done so far.
public struct HTTPStatistics: Sendable, Equatable {
  /// Open connections.
  public var connections = 0
  /// Requests from their line to the end of their answer.
  public var requestsInFlight = 0
  /// Of these, those that wait for a worker.
  public var queueDepth = 0
  /// Of these, those that wait for an answer from another thread, the queue's included.
  public var parked = 0
  /// Since the start: shed with 503.
  public var shed = 0
  /// Since the start: connections cut at a deadline.
  public var cut = 0
  /// Since the start: requests that ended before their answer was sent whole.
  public var aborted = 0
}
