/// An answer.
public struct HTTPResponse: Sendable, Equatable {
  public struct Field: Sendable, Equatable {
    public let name: String
    public let value: String
  }

  /// 200-599.
  public var status: Int
  /// nil: the header is left out.
  public var contentType: String?
  /// Further header fields. `Content-Length`, `Date` and `Connection` are the server's. A name or value with a character
  /// that no header may have turns the answer into a 500.
  public var headers: [Field] = []
  /// Not sent to HEAD, which gets its length.
  public var body: [UInt8]

  public init(status: Int = 200, contentType: String? = nil, body: [UInt8] = []) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  /// A body that is JSON already.
  public static func json(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, contentType: "application/json", body: body)
  }

  public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
  }

  /// The same answer with one more header field.
  public func with(_ name: String, _ value: String) -> HTTPResponse {
    var copy = self
    copy.headers.append(Field(name: name, value: value))
    return copy
  }
}
