/// The right to answer one parked request, once. Any thread may use it, at any time, also after the client has gone, the
/// time is up, or the server has stopped: then it does nothing.
public final class Responder: Sendable {
  private let exchange: Exchange
  private let table: ParkedTable
  private let renderError: @Sendable (HTTPError) -> HTTPResponse

  init(_ exchange: Exchange, _ table: ParkedTable, renderError: @escaping @Sendable (HTTPError) -> HTTPResponse) {
    self.exchange = exchange
    self.table = table
    self.renderError = renderError
  }

  /// A responder that nobody holds any more would leave its client waiting for the clock.
  deinit { if exchange.isOpen { _ = exchange.complete(renderError(.internal), in: table) } }

  /// False once the request was answered, by this responder or by the clock. A client that has gone is not noticed.
  public var isOpen: Bool { exchange.isOpen }

  /// - Returns: whether this was the answer; false when there was one before it.
  @discardableResult public func complete(_ response: HTTPResponse) -> Bool { exchange.complete(response, in: table) }

  /// Answers with an error.
  @discardableResult public func fail(_ error: HTTPError) -> Bool { complete(renderError(error)) }
}
