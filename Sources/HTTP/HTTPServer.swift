import Glibc
import Lifecycle
import Synchronization

/// An HTTP/1.1 server. Any number of them live in one process.
///
///     let server = try HTTPServer(configuration, routes: [
///       .inline(.get, "/health") { _ in .text("ok") }.open(),
///       .queued(.post, "/recommend") { worker, request in try worker.recommend(request.body) },
///       .parked(.post, "/events") { request, responder in producer.send(request.body) { responder.complete(...) } },
///     ], makeWorker: { _ in RecommendWorker() })
///     try server.start()
///     ...
///     server.drain(within: .seconds(5))
///
/// I/O threads read, route and write; `workers` threads answer the queued routes, each with a `Worker` of its own.
public final class HTTPServer<Worker>: Sendable {
  private enum State {
    case new
    case running(Running)
    case stopped
  }

  private struct Running: Sendable {
    let library: Microhttpd
    let socket: ListeningSocket
    let clock: ServiceThread
    let clockStop: StopRequest
    let workers: [ServiceThread]
  }

  /// How often a drain looks whether the last request has ended.
  private static var drainCheckMicroseconds: UInt32 { 2_000 }
  /// For the last answers to be sent, after their time to be made is up.
  private static var writeGrace: Duration { .milliseconds(500) }
  /// Connections that the kernel gave to an I/O thread are known only when that thread has run.
  private static var settleTime: Duration { .milliseconds(100) }
  /// For connections that are open without a request: a client that has just connected sends one within a round trip, one
  /// that asks all the time within its pause.
  private static var linger: Duration { .milliseconds(500) }
  /// Comments keep proxies from closing a quiet stream, and find clients that have gone.
  private static var beatInterval: Duration { .seconds(15) }

  private let configuration: HTTPConfiguration
  private let routes: [Route<Worker>]
  private let makeWorker: @Sendable (Int) -> Worker
  private let engine: Engine
  private let state = Mutex(State.new)
  private let boundPort = Atomic<Int>(0)

  /// - Parameters:
  ///   - makeWorker: called on each worker thread, once, with its index from 0; what it returns never leaves the thread.
  /// - Throws: when a setting cannot work; nothing has been bound or started.
  /// - Precondition: no two routes for one method and path.
  public init(
    _ configuration: HTTPConfiguration, routes: [Route<Worker>], makeWorker: @escaping @Sendable (Int) -> Worker
  ) throws(HTTPServerError) {
    try configuration.validate()
    self.configuration = configuration
    self.routes = routes
    self.makeWorker = makeWorker
    engine = try Engine(configuration, routes: routes.map { $0.erased(configuration) })
  }

  deinit { drain(within: .zero) }

  /// The port that was bound; 0 before `start` and for a Unix socket.
  public var port: UInt16 { UInt16(boundPort.load(ordering: .acquiring)) }

  /// What it holds and has done. Any thread, at any time.
  public var statistics: HTTPStatistics { engine.statistics }

  /// Binds, and answers from now on.
  /// - Precondition: called once.
  public func start() throws(HTTPServerError) {
    let isNew = state.withLock { if case .new = $0 { true } else { false } }
    precondition(isNew, "a server starts once: make another")
    let socket = try ListeningSocket(configuration.address)
    let library = try Microhttpd(delegate: engine)
    if let tls = configuration.tls { try library.loadCertificate(tls) }
    let running = try startThreads(library, socket)
    boundPort.store(Int(socket.port ?? 0), ordering: .releasing)
    state.withLock { $0 = .running(running) }
    do throws(HTTPServerError) {
      try library.start(configuration, descriptor: socket.descriptor)
    } catch {
      drain(within: .zero)
      throw error
    }
  }

  private func startThreads(_ library: Microhttpd, _ socket: ListeningSocket) throws(HTTPServerError) -> Running {
    let stop = StopRequest()
    do {
      let workers = try (0..<(routes.contains(where: \.isQueued) ? configuration.workers : 0)).map { index in
        try ServiceThread("http-worker-\(index)") { [engine, routes, makeWorker] in
          Self.work(engine, routes, makeWorker(index))
        }
      }
      let clock = try ServiceThread("http-clock") { [engine, configuration] in
        Self.watch(engine, configuration.deadlineCheckInterval, stop)
      }
      return Running(library: library, socket: socket, clock: clock, clockStop: stop, workers: workers)
    } catch {
      engine.queue.close()
      throw HTTPServerError(.resources, "\(error)")
    }
  }

  /// Reads the certificate's files again, for handshakes from now on.
  /// - Throws: when they cannot be used; the old ones stay in use.
  public func reloadCertificate() throws(HTTPServerError) {
    let library: Microhttpd? = state.withLock { if case .running(let running) = $0 { running.library } else { nil } }
    guard let library, let tls = configuration.tls else {
      throw HTTPServerError(.configuration, "there is no certificate to reload: the server has none or does not run")
    }
    try library.loadCertificate(tls)
  }

  /// Stops: accepts no more connections at once, ends event streams, lets requests that are under way or just about to
  /// come end, then answers those that are still parked or queued with 503, closes what is left, and returns when
  /// nothing runs any more but handlers that do not return (their answers go nowhere). Does nothing when not running.
  /// - Parameter limit: for requests under way; the rest takes at most half a second more.
  public func drain(within limit: Duration) {
    let running: Running? = state.withLock { state in
      guard case .running(let running) = state else { return nil }
      state = .stopped
      return running
    }
    guard let running else { return }
    engine.isDraining.store(true, ordering: .relaxed)
    running.library.quiesce(running.socket.descriptor)
    running.socket.refuse()
    engine.streams.close()
    let deadline = Deadline(after: limit)
    waitForConnections(min(limit, Self.linger))
    waitForRequests(deadline.remaining)
    // From here on nothing can be parked.
    for exchange in engine.parked.close() {
      let answer = engine.renderError(.unavailable("stopping", "the server is stopping"))
      _ = exchange.complete(answer, in: engine.parked)
    }
    engine.queue.close()
    engine.parked.waitUntilEmpty()
    waitForRequests(min(Self.writeGrace, max(limit, .milliseconds(100))))
    running.library.stop()
    running.clockStop.make()
    running.clock.join()
    for worker in running.workers { worker.join(atMost: Self.writeGrace) }
  }

  /// Each answer now ends its connection: those that are in use go by themselves, without a request of theirs meeting
  /// a closed socket.
  private func waitForConnections(_ limit: Duration) {
    let deadline = Deadline(after: limit)
    var quiet = Deadline(after: Self.settleTime)
    while !deadline.hasPassed, !quiet.hasPassed {
      usleep(Self.drainCheckMicroseconds)
      if engine.connections.count > 0 { quiet = Deadline(after: Self.settleTime) }
    }
  }

  private func waitForRequests(_ limit: Duration) {
    let deadline = Deadline(after: limit)
    while engine.inFlight.load(ordering: .relaxed) > 0, !deadline.hasPassed {
      usleep(Self.drainCheckMicroseconds)
    }
  }

  private static func watch(_ engine: Engine, _ interval: Duration, _ stop: StopRequest) {
    var beat = Deadline(after: beatInterval)
    while !stop.wait(atMost: interval) {
      engine.checkDeadlines()
      if beat.hasPassed {
        engine.streams.beat()
        beat = Deadline(after: beatInterval)
      }
    }
  }

  private static func work(_ engine: Engine, _ routes: [Route<Worker>], _ initial: Worker) {
    var worker = initial
    while let exchange = engine.queue.pop() {
      guard engine.admit(exchange), let index = exchange.route, let request = exchange.request else { continue }
      switch routes[index].handler {
      case .queued(let handler):
        do {
          _ = exchange.complete(try handler(&worker, request), in: engine.parked)
        } catch {
          _ = exchange.complete(engine.answer(to: error, route: request.route), in: engine.parked)
        }
      case .queuedParked(let handler):
        let responder = Responder(exchange, engine.parked, renderError: engine.renderError)
        do { try handler(&worker, request, responder) } catch {
          responder.complete(engine.answer(to: error, route: request.route))
        }
      case .inline, .parked, .stream: break
      }
    }
  }
}

extension HTTPServer where Worker == Void {
  /// A server whose workers need nothing of their own.
  public convenience init(_ configuration: HTTPConfiguration, routes: [Route<Void>]) throws(HTTPServerError) {
    try self.init(configuration, routes: routes, makeWorker: { _ in })
  }
}

extension Route {
  fileprivate var isQueued: Bool {
    switch handler {
    case .queued, .queuedParked: true
    case .inline, .parked, .stream: false
    }
  }

  fileprivate func erased(_ configuration: HTTPConfiguration) -> EngineRoute {
    let erased: EngineRoute.Handler =
      switch handler {
      case .inline(let handler): .inline(handler)
      case .parked(let handler): .parked(handler)
      case .stream(let handler): .stream(handler)
      case .queued, .queuedParked: .queued
      }
    return EngineRoute(
      method: method, path: path, handler: erased, needsKey: needsKey, bodyLimit: bodyLimit ?? configuration.bodyLimit,
      timeLimitNanoseconds: UInt64((timeLimit ?? configuration.answerDeadline).wholeNanoseconds),
      timeoutAnswer: timeoutAnswer)
  }
}
