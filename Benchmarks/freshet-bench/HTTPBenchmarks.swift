import Glibc
import HTTP

extension Suite {
  private static let requests = 200

  static let http: [Benchmark] = [
    Benchmark("HTTP GET /ping, client and server", operations: requests, clock: .process) {
      let client = try PingClient()
      return { for _ in 0..<requests { try client.ping() } }
    }
  ]

  /// A server of this process and one connection to it.
  private final class PingClient {
    private let server: HTTPServer<Void>
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 4_096)
    private let request = Array("GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)

    init() throws {
      server = try HTTPServer(HTTPConfiguration(), routes: [Route<Void>.inline(.get, "/ping") { _ in .text("pong") }])
      try server.start()
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = server.port.bigEndian
      address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
      let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard connected == 0 else { throw BenchmarkError("cannot connect to the server of the benchmark") }
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
      close(descriptor)
      server.drain(within: .seconds(1))
    }

    /// The answer is a single small write.
    func ping() throws {
      guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count,
        recv(descriptor, &buffer, buffer.count, 0) > 12, buffer[9] == UInt8(ascii: "2")
      else { throw BenchmarkError("GET /ping was not answered by 200") }
    }
  }
}
