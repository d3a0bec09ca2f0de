import Lifecycle
import Synchronization

/// A route without its worker's type: what the I/O threads need of it.
struct EngineRoute: Sendable {
  enum Handler: Sendable {
    case inline(@Sendable (HTTPRequest) throws -> HTTPResponse)
    case queued
    case parked(@Sendable (HTTPRequest, Responder) throws -> Void)
    case stream(@Sendable (HTTPRequest, EventStream) throws -> Void)
  }

  let method: HTTPMethod
  let path: String
  let handler: Handler
  let needsKey: Bool
  let bodyLimit: Int
  let timeLimitNanoseconds: UInt64
  let timeoutAnswer: (@Sendable (HTTPRequest) -> HTTPResponse)?
}

/// What happens to a request, on the I/O threads and at the clock. Knows nothing of the workers' state.
final class Engine: Sendable {
  struct Deadlines: Sendable {
    let header: UInt64
    let body: UInt64
    let write: UInt64
    let idle: UInt64
    let queueAge: UInt64
  }

  let routes: [EngineRoute]
  let router: Router
  let keys: APIKeys
  let renderError: @Sendable (HTTPError) -> HTTPResponse
  let observer: any HTTPObserver
  let deadlines: Deadlines
  let streamBufferLimit: Int

  let connections = ConnectionTable()
  let parked = ParkedTable()
  let streams = StreamTable()
  let queue: WorkQueue<Exchange>
  let isDraining = Atomic<Bool>(false)
  let inFlight = Atomic<Int>(0)
  let shedCount = Atomic<Int>(0)
  let cutCount = Atomic<Int>(0)
  let abortedCount = Atomic<Int>(0)
  let logLimit = LogLimit()

  init(_ configuration: HTTPConfiguration, routes: [EngineRoute]) throws(HTTPServerError) {
    self.routes = routes
    router = Router(routes.map { ($0.method, $0.path) })
    keys = try APIKeys(configuration.apiKeys)
    renderError = configuration.renderError
    observer = configuration.observer
    deadlines = Deadlines(
      header: UInt64(configuration.headerDeadline.wholeNanoseconds),
      body: UInt64(configuration.bodyDeadline.wholeNanoseconds),
      write: UInt64(configuration.writeDeadline.wholeNanoseconds),
      idle: UInt64(configuration.idleDeadline.wholeNanoseconds),
      queueAge: UInt64(configuration.queueAgeLimit.wholeNanoseconds))
    streamBufferLimit = configuration.streamBufferLimit
    queue = WorkQueue(capacity: configuration.queueCapacity)
  }

  var now: UInt64 { SystemClock().monotonicNanoseconds }

  var statistics: HTTPStatistics {
    HTTPStatistics(
      connections: connections.count, requestsInFlight: inFlight.load(ordering: .relaxed), queueDepth: queue.depth,
      parked: parked.count, shed: shedCount.load(ordering: .relaxed), cut: cutCount.load(ordering: .relaxed),
      aborted: abortedCount.load(ordering: .relaxed))
  }

  func routeName(_ exchange: Exchange) -> String { exchange.route.map { routes[$0].path } ?? "unmatched" }

  // MARK: answers from any thread

  /// Counts, and makes the answer.
  func shed(_ exchange: Exchange, _ why: String) -> HTTPResponse {
    shedCount.wrappingAdd(1, ordering: .relaxed)
    observer.shed(route: routeName(exchange))
    return renderError(.unavailable("too_busy", why))
  }

  /// The answer to what a handler threw.
  func answer(to error: any Error, route: String) -> HTTPResponse {
    if let error = error as? HTTPError { return renderError(error) }
    observer.failed(route: route, error: error)
    return renderError(.internal)
  }

  /// Whether a worker should still answer; sheds what is too old.
  func admit(_ exchange: Exchange) -> Bool {
    guard exchange.isOpen else { return false }
    guard now - exchange.completeAt > deadlines.queueAge else { return true }
    _ = exchange.complete(shed(exchange, "the server is busy: the request waited too long"), in: parked)
    return false
  }

  /// Looks at every deadline once.
  func checkDeadlines() {
    let now = now
    cutCount.wrappingAdd(connections.cutExpired(now: now), ordering: .relaxed)
    for exchange in parked.expired(now: now) { _ = exchange.complete(timeoutAnswer(exchange), in: parked) }
  }

  private func timeoutAnswer(_ exchange: Exchange) -> HTTPResponse {
    if let route = exchange.route, let request = exchange.request, let answer = routes[route].timeoutAnswer {
      return answer(request)
    }
    return renderError(.unavailable("timed_out", "no answer in time; the request may still take effect"))
  }

  // MARK: sending, on the I/O thread

  func send(_ exchange: Exchange, _ response: HTTPResponse) -> Bool {
    exchange.phase = .answered
    observe(exchange, response.status)
    let close = isDraining.load(ordering: .relaxed)
    if exchange.handle.respond(response.fit, close: close) { return true }
    observer.failed(route: routeName(exchange), error: UnsendableAnswer(status: response.status))
    return exchange.handle.respond(HTTPError.standardResponse(.internal), close: close)
  }

  func send(_ exchange: Exchange, _ stream: EventStream) -> Bool {
    exchange.phase = .answered
    observe(exchange, 200)
    exchange.connection.clearDeadline()
    let head = HTTPResponse(contentType: "text/event-stream").with("Cache-Control", "no-cache")
    return exchange.handle.respond(head, stream: stream)
  }

  private func observe(_ exchange: Exchange, _ status: Int) {
    let now = now
    exchange.connection.setDeadline(now + deadlines.write)
    let began = exchange.completeAt == 0 ? now : exchange.completeAt
    observer.answered(route: routeName(exchange), status: status, seconds: Double(now - began) * 1e-9)
  }
}

/// A handler's answer that HTTP has no form for.
struct UnsendableAnswer: Error, CustomStringConvertible {
  let status: Int
  var description: String {
    "the answer (status \(status)) could not be sent: a header field has a control character, or the status is not one"
  }
}

extension HTTPResponse {
  /// Without a body where the status forbids one.
  fileprivate var fit: HTTPResponse {
    guard status == 204 || status == 304, !body.isEmpty else { return self }
    var copy = self
    copy.body = []
    return copy
  }
}
