import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

/// Ending a server under load costs nobody an answer.
@Suite struct DrainTests {
  @Test("a connection without a request yet gets its answer, and then its end")
  func freshConnection() throws {
    let server = try TestServer([ping])
    let client = try server.client()
    let other = try server.client()
    eventually("both connections are open") { server.server.statistics.connections == 2 }
    Thread { server.server.drain(within: .seconds(5)) }.start()
    try eventually("the drain has begun") { try other.get("/ping").headers["connection"] == "close" }
    let answer = try client.get("/ping")
    #expect(answer.status == 200)
    #expect(answer.headers["connection"] == "close")
    #expect(try client.isClosedByServer())
  }

  @Test("servers that end while clients connect refuse a connection or answer it")
  func endsUnderLoad() throws {
    for _ in 0..<5 {
      let server = try TestServer([ping])
      let port = server.port
      let counts = Mutex((answered: 0, broken: 0))
      let clients = (0..<4).map { _ in
        Thread {
          // Refused: the end.
          while let client = try? RawClient(port: port) {
            let status = try? client.get("/ping", headers: ["Connection: close"]).status
            counts.withLock { if status == 200 { $0.answered += 1 } else { $0.broken += 1 } }
          }
        }
      }
      for client in clients { client.start() }
      eventually("requests come") { counts.withLock { $0.answered > 20 } }
      server.server.drain(within: .seconds(5))
      eventually("the clients are done") { clients.allSatisfy(\.isFinished) }
      #expect(counts.withLock { $0.broken } == 0)
    }
  }
}
