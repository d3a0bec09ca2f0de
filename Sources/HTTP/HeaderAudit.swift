/// What a header says about the request's body, and whether it can be read in one way only.
///
/// libmicrohttpd 0.9.75 takes `Content-Length` with `Transfer-Encoding`, lengths that differ, and `Transfer-Encoding :`
/// with a space (native.md section 5): behind a proxy that reads them otherwise, one client's body becomes another's
/// request. RFC 9112, 6.1-6.3, says to refuse. The connection is closed with the answer, as its framing is not known.
struct HeaderAudit: Equatable {
  /// 0 when there is none.
  var contentLength = 0
  var isChunked = false

  /// Above it a length is an attack or a mistake, and the sum below cannot overflow: 10^15 bytes.
  static let digitLimit = 15

  init(_ headers: HTTPHeaders) throws(HTTPError) {
    var lengths = 0
    var encodings = 0
    var hosts = 0
    for field in headers.fields {
      let name = headers.name(of: field)
      // Also refuses "name :", which some proxies read as "name".
      guard !name.isEmpty, name.allSatisfy(Self.isTokenByte) else {
        throw .badRequest("a header field's name has a character that no name may have")
      }
      if headers.isNamed(field, "content-length") {
        lengths += 1
        contentLength = try Self.length(headers.rawValue(of: field))
      } else if headers.isNamed(field, "transfer-encoding") {
        encodings += 1
        // Raw: the library does not take "chunked " for chunked, and would wait for no body.
        isChunked = headers.rawValue(of: field).map(lowercased).elementsEqual("chunked".utf8)
      } else if headers.isNamed(field, "host") {
        hosts += 1
      }
      guard headers.value(of: field).allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        throw .badRequest("a header field's value has a control character")
      }
    }
    guard lengths <= 1 else { throw .badRequest("more than one Content-Length", field: "Content-Length") }
    guard hosts <= 1 else { throw .badRequest("more than one Host", field: "Host") }
    guard lengths == 0 || encodings == 0 else {
      throw .badRequest("both Content-Length and Transfer-Encoding", field: "Transfer-Encoding")
    }
    guard encodings <= 1 else { throw .badRequest("more than one Transfer-Encoding", field: "Transfer-Encoding") }
    guard encodings == 0 || isChunked else {
      throw HTTPError(
        status: 501, code: "not_implemented", field: "Transfer-Encoding", message: "only \"chunked\" is understood")
    }
  }

  private static func length(_ digits: ArraySlice<UInt8>) throws(HTTPError) -> Int {
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      throw .badRequest("Content-Length is not a number", field: "Content-Length")
    }
    guard digits.count <= digitLimit else { return .max }
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// RFC 9110, 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
