import CMicrohttpd
import Glibc

/// A request's line and header as they lie in the library's memory. Valid during one callback.
///
/// The library ends each part with a NUL in place, and finds its end again by `strlen`: a NUL that the client sent cuts a
/// path or a value short, silently, and a header line that begins with a space is glued to the one before. Another
/// server reads both otherwise (native.md section 5, request smuggling). Both show as a gap: every part must begin where
/// the one before it has ended, but for the separators.
struct RawHead {
  private let connection: OpaquePointer
  private let methodText: UnsafePointer<CChar>
  private let version: UnsafePointer<CChar>

  init(_ connection: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) {
    self.connection = connection
    methodText = method
    self.version = version
  }

  var method: HTTPMethod { HTTPMethod(rawValue: String(cString: methodText)) }

  /// - Parameters:
  ///   - target: where the target began, as an address.
  ///   - length: its bytes.
  func checkLine(target: UInt, length: Int) throws(HTTPError) {
    let method = UInt(bitPattern: methodText)
    guard target == method + UInt(strlen(methodText)) + 1, UInt(bitPattern: version) == target + UInt(length) + 1 else {
      throw .badRequest("the request line has a NUL, or more than one space between its parts")
    }
  }

  /// The header's fields, copied.
  func headers() throws(HTTPError) -> HTTPHeaders {
    let size = cmhd_header_size(connection)
    var reader = Reader(end: UInt(bitPattern: version) + UInt(strlen(version)))
    reader.headers.reserve(bytes: size)
    withUnsafeMutablePointer(to: &reader) { cmhd_visit_headers(connection, $0, visit) }
    // The last line's ending and the empty line.
    let last = UInt(bitPattern: methodText) + UInt(size)
    guard reader.isWhole, last >= reader.end + 2, last <= reader.end + 4 else {
      throw .badRequest("a header field has a NUL, or goes on in a second line")
    }
    return reader.headers
  }
}

private struct Reader {
  var headers = HTTPHeaders()
  /// Address of the byte after the last part.
  var end: UInt
  var isWhole = true
}

private func visit(
  _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<CChar>?, _ nameLength: Int, _ value: UnsafePointer<CChar>?,
  _ valueLength: Int
) {
  guard let context, let name, let value else { return }
  let reader = context.assumingMemoryBound(to: Reader.self)
  let start = UInt(bitPattern: name)
  // A line ends with CR LF, or LF alone.
  if start < reader.pointee.end + 1 || start > reader.pointee.end + 2 { reader.pointee.isWhole = false }
  reader.pointee.end = UInt(bitPattern: value) + UInt(valueLength)
  reader.pointee.headers.append(
    name: UnsafeRawBufferPointer(start: name, count: nameLength),
    value: UnsafeRawBufferPointer(start: value, count: valueLength))
}
