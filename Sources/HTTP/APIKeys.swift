/// The keys that open the routes that need one.
struct APIKeys: Sendable {
  /// 16 random bytes in hexadecimal have 32; below 16 a key can be guessed.
  static let minimumLength = 16

  private let keys: [[UInt8]]

  init(_ keys: [String]) throws(HTTPServerError) {
    guard keys.allSatisfy({ $0.utf8.count >= Self.minimumLength }) else {
      throw HTTPServerError(
        .configuration, "apiKeys: a key has fewer than \(Self.minimumLength) bytes; make one by `openssl rand -hex 16`")
    }
    self.keys = keys.map { Array($0.utf8) }
  }

  var areRequired: Bool { !keys.isEmpty }

  /// Looks for `Authorization: Bearer KEY`, then for `X-API-Key: KEY`.
  func admit(_ headers: HTTPHeaders) -> Bool {
    guard areRequired else { return true }
    guard let presented = Self.presented(headers) else { return false }
    // Every key is compared, whole, whichever matches: the time tells nothing but the presented key's length.
    var found = false
    for key in keys { found = Self.isEqual(key, presented) || found }
    return found
  }

  private static func presented(_ headers: HTTPHeaders) -> [UInt8]? {
    if let authorization = headers["authorization"] {
      let words = authorization.split(separator: " ", omittingEmptySubsequences: true)
      guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
      return Array(words[1].utf8)
    }
    return headers["x-api-key"].map { Array($0.utf8) }
  }

  private static func isEqual(_ key: [UInt8], _ presented: [UInt8]) -> Bool {
    var difference = key.count ^ presented.count
    for index in presented.indices { difference |= Int(key[index % key.count] ^ presented[index]) }
    return difference == 0
  }
}
