/// One method on one path, and who answers it.
///
/// - Parameter Worker: what each worker thread owns (a Redis connection, scratch memory); see `HTTPServer`.
public struct Route<Worker>: Sendable {
  public typealias Inline = @Sendable (HTTPRequest) throws -> HTTPResponse
  public typealias Queued = @Sendable (inout Worker, HTTPRequest) throws -> HTTPResponse
  public typealias Parked = @Sendable (HTTPRequest, Responder) throws -> Void
  public typealias QueuedParked = @Sendable (inout Worker, HTTPRequest, Responder) throws -> Void
  public typealias Stream = @Sendable (HTTPRequest, EventStream) throws -> Void

  enum Handler: Sendable {
    case inline(Inline)
    case queued(Queued)
    case parked(Parked)
    case queuedParked(QueuedParked)
    case stream(Stream)
  }

  let method: HTTPMethod
  let path: String
  let handler: Handler
  var needsKey = true
  var bodyLimit: Int?
  var timeLimit: Duration?
  var timeoutAnswer: (@Sendable (HTTPRequest) -> HTTPResponse)?

  /// Answered at once on the I/O thread, which serves up to 120 connections: for what takes microseconds and waits for
  /// nothing.
  /// - Parameter path: begins with "/"; a segment `{name}` matches any text. HEAD is answered wherever GET is.
  public static func inline(_ method: HTTPMethod, _ path: String, _ handler: @escaping Inline) -> Route {
    Route(method: method, path: path, handler: .inline(handler))
  }

  /// Answered by a worker thread, after a wait in the bounded queue; 503 when it is full.
  public static func queued(_ method: HTTPMethod, _ path: String, _ handler: @escaping Queued) -> Route {
    Route(method: method, path: path, handler: .queued(handler))
  }

  /// Answered later by whoever has the `Responder`. The handler runs on the I/O thread and must not wait.
  public static func parked(_ method: HTTPMethod, _ path: String, _ handler: @escaping Parked) -> Route {
    Route(method: method, path: path, handler: .parked(handler))
  }

  /// Begun by a worker thread, as `queued`, and answered later by whoever has the `Responder`, as `parked`: for bodies
  /// that take long to read.
  public static func queuedParked(_ method: HTTPMethod, _ path: String, _ handler: @escaping QueuedParked) -> Route {
    Route(method: method, path: path, handler: .queuedParked(handler))
  }

  /// Kept open as `text/event-stream`; whoever has the `EventStream` sends. The handler runs on the I/O thread.
  public static func stream(_ path: String, _ handler: @escaping Stream) -> Route {
    Route(method: .get, path: path, handler: .stream(handler))
  }

  /// No API key is asked for, though others need one: for probes.
  public func open() -> Route {
    var copy = self
    copy.needsKey = false
    return copy
  }

  /// Another limit than `HTTPConfiguration.bodyLimit`, in bytes.
  public func bodyLimit(_ bytes: Int) -> Route {
    precondition(bytes >= 0, "\(path): a body limit of \(bytes) bytes")
    var copy = self
    copy.bodyLimit = bytes
    return copy
  }

  /// Another limit than `HTTPConfiguration.answerDeadline` from the complete request to its answer, for routes that are
  /// queued or parked.
  /// - Parameter answer: what is sent then; nil is 503.
  public func timeLimit(
    _ limit: Duration, answer: (@Sendable (HTTPRequest) -> HTTPResponse)? = nil
  ) -> Route {
    precondition(limit > .zero, "\(path): a time limit of \(limit)")
    var copy = self
    copy.timeLimit = limit
    copy.timeoutAnswer = answer
    return copy
  }
}
