/// What stands after the method: path and query, read from the bytes that the client sent.
///
/// The library's own decoded path is not used: it cuts at a NUL and turns `%2F` into a separator.
struct RequestTarget: Equatable {
  struct QueryItem: Equatable {
    let name: String
    let value: String
  }

  /// A page of filters and then some; each costs two strings.
  static let queryItemLimit = 64

  /// As sent, without the query.
  let path: String
  /// Decoded one by one, so that `%2F` in an id stays part of the id. "/" has one empty segment.
  let segments: [String]
  let query: [QueryItem]

  init(_ bytes: some BidirectionalCollection<UInt8>) throws(HTTPError) {
    guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
      throw .badRequest("the path has a character that must be percent-encoded", field: "path")
    }
    let target = Self.withoutAuthority(Array(bytes))
    let mark = target.firstIndex(of: UInt8(ascii: "?"))
    let pathBytes = target[..<(mark ?? target.endIndex)]
    guard pathBytes.first == UInt8(ascii: "/"), let path = String(validating: pathBytes, as: UTF8.self) else {
      throw .badRequest("the path must begin with \"/\" and be UTF-8", field: "path")
    }
    self.path = path
    segments = try Self.segments(pathBytes)
    query = try mark.map { at throws(HTTPError) in try Self.query(target[(at + 1)...]) } ?? []
  }

  /// `http://host/path`, which every server must understand (RFC 9112, 3.2.2), is `/path`.
  private static func withoutAuthority(_ target: [UInt8]) -> ArraySlice<UInt8> {
    for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
      let rest = target[scheme.utf8.count...]
      return rest.firstIndex(of: UInt8(ascii: "/")).map { rest[$0...] } ?? Array("/".utf8)[...]
    }
    return target[...]
  }

  private static func segments(_ path: ArraySlice<UInt8>) throws(HTTPError) -> [String] {
    var segments: [String] = []
    for part in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let text = PercentDecoding.text(part, plusIsSpace: false) else {
        throw .badRequest("the path is not percent-encoded UTF-8", field: "path")
      }
      segments.append(text)
    }
    return segments
  }

  private static func query(_ bytes: ArraySlice<UInt8>) throws(HTTPError) -> [QueryItem] {
    var items: [QueryItem] = []
    for part in bytes.split(separator: UInt8(ascii: "&")) {
      guard items.count < queryItemLimit else {
        throw .badRequest("more than \(queryItemLimit) query parameters", field: "query")
      }
      let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
      guard let name = PercentDecoding.text(part[..<equals], plusIsSpace: true),
        let value = PercentDecoding.text(part[equals...].dropFirst(), plusIsSpace: true)
      else { throw .badRequest("the query is not percent-encoded UTF-8", field: "query") }
      items.append(QueryItem(name: name, value: value))
    }
    return items
  }
}
