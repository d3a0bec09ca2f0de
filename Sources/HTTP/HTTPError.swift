/// An answer that says what was wrong. Handlers throw it; the server makes the same for what it refuses itself.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
  public var status: Int
  /// For programs: short, stable, in `snake_case`.
  public var code: String
  /// The field, header or parameter that is meant, if it is one.
  public var field: String?
  /// For people: what is wrong and what would be right.
  public var message: String
  /// After how many seconds trying again makes sense; becomes `Retry-After`.
  public var retryAfterSeconds: Int?

  public init(status: Int, code: String, field: String? = nil, message: String, retryAfterSeconds: Int? = nil) {
    self.status = status
    self.code = code
    self.field = field
    self.message = message
    self.retryAfterSeconds = retryAfterSeconds
  }

  public static func badRequest(_ message: String, code: String = "bad_request", field: String? = nil) -> HTTPError {
    HTTPError(status: 400, code: code, field: field, message: message)
  }

  public static func notFound(_ message: String, field: String? = nil) -> HTTPError {
    HTTPError(status: 404, code: "not_found", field: field, message: message)
  }

  /// 503, to be tried again.
  public static func unavailable(_ code: String, _ message: String, retryAfterSeconds: Int = 1) -> HTTPError {
    HTTPError(status: 503, code: code, message: message, retryAfterSeconds: retryAfterSeconds)
  }

  /// What a client is told about an error that is ours: nothing of its inside.
  static let `internal` = HTTPError(
    status: 500, code: "internal", message: "the server could not answer; its log says why")

  public var description: String { "\(status) \(code)\(field.map { " (\($0))" } ?? ""): \(message)" }

  /// `{"error": {"code", "field", "message"}}`, the form of every error body; `HTTPConfiguration.renderError` replaces it.
  public static func standardResponse(_ error: HTTPError) -> HTTPResponse {
    var body = Array("{\"error\":{\"code\":".utf8)
    appendJSONString(error.code, to: &body)
    body += Array(",\"field\":".utf8)
    if let field = error.field { appendJSONString(field, to: &body) } else { body += Array("null".utf8) }
    body += Array(",\"message\":".utf8)
    appendJSONString(error.message, to: &body)
    body += Array("}}".utf8)
    let response = HTTPResponse.json(body, status: error.status)
    return error.retryAfterSeconds.map { response.with("Retry-After", String($0)) } ?? response
  }
}

/// JSON lives in a module above this one; one escaped string does not need it.
private func appendJSONString(_ text: String, to bytes: inout [UInt8]) {
  let hex = Array("0123456789abcdef".utf8)
  bytes.append(UInt8(ascii: "\""))
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
    case 0..<0x20: bytes += Array("\\u00".utf8) + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
    default: bytes.append(byte)
    }
  }
  bytes.append(UInt8(ascii: "\""))
}
