import Foundation
import Glibc

/// An answer as it came over the wire.
public struct RawAnswer {
  public let status: Int
  /// Names in lower case.
  public let headers: [String: String]
  public let body: [UInt8]
  public var text: String { String(decoding: body, as: UTF8.self) }
}

public struct RawClientError: Error, CustomStringConvertible {
  public let description: String
  public init(description: String) { self.description = description }
}

/// A client that sends exactly the bytes it is told to, over TCP or a Unix socket. One thread.
public final class RawClient {
  /// Longer than anything here should take, also on a machine that does much else.
  public static let patience = 20

  public let descriptor: Int32
  private var buffer: [UInt8] = []

  public init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard code == 0 else { throw RawClientError(description: "connect: \(String(cString: strerror(errno)))") }
    setPatience()
  }

  public init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard code == 0 else { throw RawClientError(description: "connect: \(String(cString: strerror(errno)))") }
    setPatience()
  }

  deinit { close(descriptor) }

  private func setPatience() {
    var time = timeval(tv_sec: Self.patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  public func send(_ text: String) throws { try send(Array(text.utf8)) }

  public func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw RawClientError(description: "send: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  public func get(_ path: String, headers: [String] = []) throws -> RawAnswer {
    try send("GET \(path) HTTP/1.1\r\nHost: x\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n")
    return try answer()
  }

  public func post(_ path: String, _ body: String, headers: [String] = []) throws -> RawAnswer {
    try send(Self.post(path, body, headers: headers))
    return try answer()
  }

  public static func post(_ path: String, _ body: String, headers: [String] = []) -> String {
    "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n"
      + headers.map { $0 + "\r\n" }.joined() + "\r\n" + body
  }

  /// - Returns: false at the end of the connection.
  private func fill() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    if count < 0 {
      if errno == ECONNRESET { return false }
      throw RawClientError(description: "no answer: \(String(cString: strerror(errno)))")
    }
    buffer += chunk[..<count]
    return count > 0
  }

  /// Everything up to and with `mark`.
  public func read(through mark: String) throws -> String {
    let wanted = Array(mark.utf8)
    while true {
      if let range = buffer.firstRange(of: wanted) {
        let text = String(decoding: buffer[..<range.upperBound], as: UTF8.self)
        buffer.removeSubrange(..<range.upperBound)
        return text
      }
      guard try fill() else {
        throw RawClientError(description: "closed after \(String(decoding: buffer, as: UTF8.self).debugDescription)")
      }
    }
  }

  /// One answer.
  /// - Parameter hasBody: false for the answer to HEAD.
  public func answer(hasBody: Bool = true) throws -> RawAnswer {
    var lines = try read(through: "\r\n\r\n").split(separator: "\r\n").map(String.init)
    let words = lines.removeFirst().split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    var body: [UInt8] = []
    if hasBody, let length = headers["content-length"].flatMap({ Int($0) }) {
      while buffer.count < length, try fill() {}
      body = Array(buffer.prefix(length))
      buffer.removeFirst(min(length, buffer.count))
    }
    return RawAnswer(status: words.count > 1 ? Int(words[1]) ?? 0 : 0, headers: headers, body: body)
  }

  /// Whether the server ends the connection, without any further byte. Waits for it.
  public func isClosedByServer() throws -> Bool {
    while try fill() {}
    return buffer.isEmpty
  }
}
