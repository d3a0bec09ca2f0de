import Glibc

/// A Redis reply as text, for looking at a server from outside.
public enum RedisValue: Sendable, Equatable {
  case null
  case text(String)
  case number(Int)
  case error(String)
  case list([RedisValue])

  public var text: String? {
    switch self {
    case .text(let text), .error(let text): text
    case .number(let number): String(number)
    default: nil
    }
  }
}

/// A bare Redis connection of the tests' own, so that a server is looked at by other code than the code under test.
public final class RedisClient {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var place = 0

  public init(port: UInt16) throws {
    guard let descriptor = Loopback.connect(port: port) else {
      throw TestToolError.system("connecting to Redis on port \(port)")
    }
    self.descriptor = descriptor
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  @discardableResult
  public func command(_ words: String...) throws -> RedisValue { try command(words) }

  public func command(_ words: [String]) throws -> RedisValue {
    var request = "*\(words.count)\r\n"
    for word in words { request += "$\(word.utf8.count)\r\n\(word)\r\n" }
    let bytes = Array(request.utf8)
    guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw TestToolError.system("sending to Redis")
    }
    return try value()
  }

  private func value() throws -> RedisValue {
    let line = try line()
    let rest = String(line.dropFirst())
    switch line.first {
    case "+": return .text(rest)
    case "-": return .error(rest)
    case ":": return .number(Int(rest) ?? 0)
    case "$":
      guard let count = Int(rest), count >= 0 else { return .null }
      let bytes = try take(count)
      _ = try take(2)
      return .text(String(decoding: bytes, as: UTF8.self))
    case "*":
      guard let count = Int(rest), count >= 0 else { return .null }
      return .list(try (0..<count).map { _ in try value() })
    default: throw TestToolError("Redis answered \(line)")
    }
  }

  private func line() throws -> String {
    var bytes: [UInt8] = []
    while bytes.last != 10 { bytes += try take(1) }
    return String(decoding: bytes.dropLast(2), as: UTF8.self)
  }

  private func take(_ count: Int) throws -> [UInt8] {
    while buffer.count - place < count {
      buffer.removeFirst(place)
      place = 0
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let got = recv(descriptor, &chunk, chunk.count, 0)
      guard got > 0 else { throw TestToolError("Redis closed the connection or did not answer") }
      buffer += chunk[..<got]
    }
    defer { place += count }
    return Array(buffer[place..<place + count])
  }
}
