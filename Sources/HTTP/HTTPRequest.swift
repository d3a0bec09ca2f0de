/// A request, complete with its body. A value: it may be kept after the answer.
public struct HTTPRequest: Sendable {
  public let method: HTTPMethod
  /// As sent, percent-encoded, without the query.
  public let path: String
  /// The pattern that matched, such as `/items/{id}`; names the route in metrics.
  public let route: String
  public let headers: HTTPHeaders
  public let body: [UInt8]
  private let parameters: [(name: String, value: String)]
  private let query: [RequestTarget.QueryItem]

  init(
    method: HTTPMethod, target: RequestTarget, route: String, parameters: [(name: String, value: String)],
    headers: HTTPHeaders, body: [UInt8]
  ) {
    self.method = method
    path = target.path
    self.route = route
    self.headers = headers
    self.body = body
    self.parameters = parameters
    query = target.query
  }

  /// A request made by hand, to call a handler without a socket.
  package init(
    _ method: HTTPMethod, _ target: String, route: String = "", parameters: [(name: String, value: String)] = [],
    headers: [(String, String)] = [], body: [UInt8] = []
  ) throws(HTTPError) {
    self.init(
      method: method, target: try RequestTarget(Array(target.utf8)), route: route, parameters: parameters,
      headers: HTTPHeaders(headers), body: body)
  }

  /// A part of the path, decoded: any text without NUL, "/" included, so it must never become a file's name.
  public func pathParameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// The first query parameter of that name, decoded.
  public func queryParameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// The names of all query parameters, in their order, so that a handler can refuse those that it does not know.
  public var queryParameterNames: [String] { query.map(\.name) }

  /// The first header field of that name, whatever its case.
  public func header(_ name: String) -> String? { headers[name] }
}
