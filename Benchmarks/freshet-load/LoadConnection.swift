import Glibc

/// One connection and the answer that it waits for. Not thread-safe.
final class LoadConnection {
  /// The answer so far; /recommend with k 1,000 is some 200 KiB.
  private static let answerLimit = 4 << 20

  private(set) var descriptor: Int32
  private let options: LoadOptions
  private(set) var answer: [UInt8] = []
  private var answerLength: Int?
  private var chunk = [UInt8](repeating: 0, count: 64 << 10)
  /// When the request under way was due; nil while idle. Nanoseconds of the monotonic clock.
  private(set) var dueNs: UInt64?

  init(_ options: LoadOptions) throws(LoadError) {
    self.options = options
    descriptor = try Self.open(options)
  }

  deinit { close(descriptor) }

  private static func open(_ options: LoadOptions) throws(LoadError) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = options.port.bigEndian
    guard inet_pton(AF_INET, options.host, &address.sin_addr) == 1 else {
      throw LoadError("--host \(options.host) is no IPv4 address")
    }
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else {
      throw LoadError("cannot connect to \(options.host):\(options.port): \(String(cString: strerror(errno)))")
    }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return descriptor
  }

  func reconnect() throws(LoadError) {
    close(descriptor)
    dueNs = nil
    descriptor = try Self.open(options)
  }

  /// Sends one request. Bodies are far below a socket's buffer, so that the write does not wait.
  /// - Returns: false when the server has closed the connection.
  func send(_ body: String, dueNs: UInt64) -> Bool {
    var text = "\(options.method) \(options.path) HTTP/1.1\r\nHost: \(options.host)\r\n"
    for header in options.headers { text += header + "\r\n" }
    if !body.isEmpty { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
    text += "\r\n" + body
    self.dueNs = dueNs
    answer.removeAll(keepingCapacity: true)
    answerLength = nil
    return text.withUTF8 { bytes in
      var sent = 0
      while sent < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[sent...])
        let written = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        guard written > 0 else { return false }
        sent += written
      }
      return true
    }
  }

  enum Progress { case waiting, closed, answered(status: Int) }

  /// Reads what is there; call it when `descriptor` is readable.
  func receive() -> Progress {
    let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0, answer.count + count <= Self.answerLimit else { return .closed }
    answer.append(contentsOf: chunk[..<count])
    if answerLength == nil { answerLength = Self.length(of: answer) }
    guard let answerLength, answer.count >= answerLength else { return .waiting }
    dueNs = nil
    // "HTTP/1.1 200 ..."
    let digits = answer[9..<12].reduce(0) { $0 * 10 + Int($1) - 48 }
    return .answered(status: digits)
  }

  /// Bytes of head and body, once the head is whole.
  private static func length(of answer: [UInt8]) -> Int? {
    let mark = Array("\r\n\r\n".utf8)
    guard let end = answer.indices.first(where: { answer[$0...].starts(with: mark) }) else { return nil }
    let head = String(decoding: answer[..<end], as: UTF8.self)
    for line in head.split(separator: "\r\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == "content-length" {
        return end + mark.count + (Int(parts[1].drop { $0 == " " }) ?? 0)
      }
    }
    return end + mark.count
  }
}
