/// The life of a request on its connection's I/O thread.
extension Engine: MicrohttpdDelegate {
  /// Beyond a route's limit, a body of unknown length is read on and thrown away, so that the client sees its 413; not
  /// for ever.
  static let discardLimit = 1 << 20

  func opened(_ connection: Connection) {
    // Covers the TLS handshake too.
    connection.setDeadline(now + deadlines.header)
    connections.insert(connection)
  }

  func closed(_ connection: Connection) { connections.remove(connection) }

  func started(
    _ connection: Connection, _ handle: ConnectionHandle, target: UnsafeBufferPointer<UInt8>
  ) -> Exchange {
    inFlight.wrappingAdd(1, ordering: .relaxed)
    connection.setDeadline(now + deadlines.header)
    let exchange = Exchange(connection, handle, target: target)
    do {
      exchange.target = try RequestTarget(target)
    } catch {
      exchange.refusal = renderError(error)
    }
    return exchange
  }

  func completed(_ exchange: Exchange, complete: Bool) {
    inFlight.wrappingSubtract(1, ordering: .relaxed)
    if !complete { abortedCount.wrappingAdd(1, ordering: .relaxed) }
    exchange.connection.setDeadline(now + deadlines.idle)
  }

  func logged(_ message: String) { if logLimit.admit(now: now) { observer.libraryMessage(message) } }

  /// An answer given here is given before the body: the library then closes the connection, which is right for requests
  /// whose framing is in doubt or whose body is too large.
  func receivedHead(_ exchange: Exchange, _ head: RawHead) -> Bool {
    exchange.phase = .body
    exchange.connection.setDeadline(now + deadlines.body)
    do throws(HTTPError) {
      exchange.method = head.method
      try head.checkLine(target: exchange.targetAddress, length: exchange.targetLength)
      exchange.headers = try head.headers()
      let audit = try HeaderAudit(exchange.headers)
      guard let target = exchange.target else { return send(exchange, exchange.refusal ?? renderError(.internal)) }
      route(exchange, target)
      exchange.bodyLimit = exchange.route.map { routes[$0].bodyLimit } ?? 0
      if exchange.refusal == nil, audit.contentLength > exchange.bodyLimit {
        throw Self.tooLarge(exchange.bodyLimit)
      }
      if exchange.refusal != nil, audit.contentLength > Self.discardLimit { throw Self.tooLarge(Self.discardLimit) }
      if exchange.refusal == nil { exchange.body.reserveCapacity(audit.contentLength) }
      return true
    } catch {
      return send(exchange, renderError(error))
    }
  }

  private static func tooLarge(_ limit: Int) -> HTTPError {
    HTTPError(status: 413, code: "too_large", message: "the body has more than \(limit) bytes")
  }

  private func route(_ exchange: Exchange, _ target: RequestTarget) {
    switch router.match(exchange.method, target) {
    case .route(let index, let parameters):
      exchange.route = index
      exchange.parameters = parameters
      if routes[index].needsKey, !keys.admit(exchange.headers) {
        let error = HTTPError(
          status: 401, code: "unauthorized", field: "Authorization",
          message: "a valid key is needed, as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\"")
        exchange.refusal = renderError(error).with("WWW-Authenticate", "Bearer")
      }
    case .otherMethod(let allowed):
      let error = HTTPError(
        status: 405, code: "method_not_allowed", message: "this path answers to \(allowed)")
      exchange.refusal = renderError(error).with("Allow", allowed)
    case .none:
      exchange.refusal = renderError(.notFound("there is nothing at this path"))
    }
  }

  func receivedBody(_ exchange: Exchange, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard exchange.phase == .body else { return true }
    if exchange.refusal == nil, exchange.discarded == 0, exchange.body.count + bytes.count <= exchange.bodyLimit {
      exchange.body.append(contentsOf: bytes)
      return true
    }
    exchange.discarded += bytes.count
    exchange.body = []
    return exchange.discarded <= Self.discardLimit
  }

  func proceed(_ exchange: Exchange) -> Bool {
    switch exchange.phase {
    case .head, .answered: return true
    // Called again without having been resumed: not seen, and harmless.
    case .parked: return exchange.answer.map { send(exchange, $0) } ?? true
    case .body: return dispatch(exchange)
    }
  }

  private func dispatch(_ exchange: Exchange) -> Bool {
    exchange.completeAt = now
    if let refusal = exchange.refusal { return send(exchange, refusal) }
    if exchange.discarded > 0 { return send(exchange, renderError(Self.tooLarge(exchange.bodyLimit))) }
    guard let index = exchange.route, let target = exchange.target else {
      return send(exchange, renderError(.internal))
    }
    let request = HTTPRequest(
      method: exchange.method, target: target, route: routes[index].path, parameters: exchange.parameters,
      headers: exchange.headers, body: exchange.body)
    exchange.body = []
    switch routes[index].handler {
    case .inline(let handler):
      do { return send(exchange, try handler(request)) } catch {
        return send(exchange, answer(to: error, route: request.route))
      }
    case .queued: return enqueue(exchange, request)
    case .parked(let handler):
      guard park(exchange, request) else { return send(exchange, stopping) }
      let responder = Responder(exchange, parked, renderError: renderError)
      do { try handler(request, responder) } catch { responder.complete(answer(to: error, route: request.route)) }
      return true
    case .stream(let handler): return open(exchange, request, handler)
    }
  }

  private var stopping: HTTPResponse { renderError(.unavailable("stopping", "the server is stopping")) }

  private func enqueue(_ exchange: Exchange, _ request: HTTPRequest) -> Bool {
    guard queue.reserve() else { return send(exchange, shed(exchange, "the server is busy: its queue is full")) }
    guard park(exchange, request) else {
      queue.giveBackReservation()
      return send(exchange, stopping)
    }
    queue.push(exchange)
    return true
  }

  private func park(_ exchange: Exchange, _ request: HTTPRequest) -> Bool {
    let limit = exchange.route.map { routes[$0].timeLimitNanoseconds } ?? 0
    exchange.connection.clearDeadline()
    exchange.request = request
    exchange.expires = exchange.completeAt + limit
    exchange.phase = .parked
    return parked.park(exchange)
  }

  private func open(
    _ exchange: Exchange, _ request: HTTPRequest, _ handler: @Sendable (HTTPRequest, EventStream) throws -> Void
  ) -> Bool {
    // HEAD has no body to stream.
    guard exchange.method == .get else { return send(exchange, HTTPResponse(contentType: "text/event-stream")) }
    let stream = EventStream(exchange, limit: streamBufferLimit, table: streams)
    guard streams.insert(stream) else { return send(exchange, stopping) }
    do { try handler(request, stream) } catch {
      streams.remove(stream)
      return send(exchange, answer(to: error, route: request.route))
    }
    return send(exchange, stream)
  }
}
