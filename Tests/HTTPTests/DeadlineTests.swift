import Foundation
import HTTP
import TestSupport
import Testing

/// Clients that keep a connection busy without ever finishing. The library's own time-out starts anew with each byte, so
/// each of these clients sends faster than any idle time-out of a second would allow.
///
/// That the two slow ones fail without the cure was seen by making `Connection.expire` return false: they were still
/// connected when their patience of 20 s was over.
@Suite("HTTP: absolute deadlines")
struct DeadlineTests {
  /// Sends a byte every 50 ms until the server ends the connection.
  private func drip(_ client: RawClient, _ bytes: String) -> Bool {
    let end = Date().addingTimeInterval(Double(RawClient.patience))
    var next = Array(bytes.utf8).makeIterator()
    while Date() < end {
      guard (try? client.send([next.next() ?? UInt8(ascii: "x")])) != nil else { return true }
      usleep(50_000)
    }
    return false
  }

  @Test("a header that comes a byte at a time is cut")
  func slowHeader() throws {
    let server = try TestServer([ping], testConfiguration { $0.headerDeadline = .milliseconds(300) })
    let client = try server.client()
    #expect(drip(client, "GET /ping HTTP/1.1\r\nHost: x\r\nX-Slow: "))
    eventually("counted as cut") { server.server.statistics.cut == 1 }
    eventually("and gone") { server.server.statistics.connections == 0 }
    #expect(try server.client().get("/ping").text == "pong")
  }

  @Test("a body that comes a byte at a time is cut, on a connection that has served before")
  func slowBody() throws {
    let server = try TestServer([echo], testConfiguration { $0.bodyDeadline = .milliseconds(300) })
    let client = try server.client()
    #expect(try client.post("/echo", "first").text == "first")
    try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n")
    #expect(drip(client, "x"))
    eventually("the request has ended") { server.server.statistics.requestsInFlight == 0 }
    #expect(server.server.statistics.aborted == 1)
  }

  @Test("a client that stops in the middle of a body is cut")
  func halfBody() throws {
    let server = try TestServer([echo], testConfiguration { $0.bodyDeadline = .milliseconds(100) })
    let client = try server.client()
    try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
    #expect(try client.isClosedByServer())
  }

  @Test("silence is cut, before the first request and after one")
  func silence() throws {
    let server = try TestServer(
      [ping],
      testConfiguration {
        $0.headerDeadline = .milliseconds(100)
        $0.idleDeadline = .milliseconds(100)
      })
    #expect(try server.client().isClosedByServer())
    let client = try server.client()
    #expect(try client.get("/ping").text == "pong")
    #expect(try client.isClosedByServer())
  }

  @Test("a client that does not read its answer is cut")
  func slowReader() throws {
    let server = try TestServer(
      [.inline(.get, "/large") { _ in HTTPResponse(body: [UInt8](repeating: 7, count: 32 << 20)) }],
      testConfiguration { $0.writeDeadline = .milliseconds(200) })
    let client = try server.client()
    try client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually("counted as cut") { server.server.statistics.cut == 1 }
    eventually("and its answer freed") { server.server.statistics.requestsInFlight == 0 }
  }

  @Test("no deadline but its own runs while a request is parked")
  func parked() throws {
    let waiting = Waiting()
    let server = try TestServer(
      [waiting.route],
      testConfiguration {
        $0.headerDeadline = .milliseconds(40)
        $0.bodyDeadline = .milliseconds(40)
        $0.idleDeadline = .milliseconds(40)
        $0.writeDeadline = .milliseconds(40)
      })
    let client = try server.client()
    try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    let responder = try waiting.next()
    // Several checks of the clock, all of which would have cut it.
    usleep(200_000)
    #expect(responder.complete(.text("late")))
    #expect(try client.answer().text == "late")
  }
}
