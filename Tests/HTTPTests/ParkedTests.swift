import Foundation
import HTTP
import Synchronization
import Testing

@Suite("HTTP: parked requests")
struct ParkedTests {
  @Test("is answered by another thread, once")
  func answered() throws {
    let waiting = Waiting()
    let server = try TestServer([waiting.route, ping])
    let client = try server.client()
    for round in 0..<10 {
      try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
      let responder = try waiting.next()
      #expect(server.server.statistics.parked == 1)
      #expect(responder.isOpen)
      let wins = Atomic(0)
      // Four threads at once: one answer.
      DispatchQueue.concurrentPerform(iterations: 4) { index in
        if responder.complete(.text("\(round)")) { wins.add(1, ordering: .relaxed) }
      }
      #expect(wins.load(ordering: .relaxed) == 1)
      #expect(!responder.isOpen)
      #expect(try client.answer().text == "\(round)")
    }
    eventually("nothing is parked") { server.server.statistics.parked == 0 }
    #expect(try client.get("/ping").text == "pong")
  }

  @Test("is answered by the clock when nobody else does, and a late answer goes nowhere")
  func timeOut() throws {
    let waiting = Waiting()
    let server = try TestServer([waiting.route], testConfiguration { $0.answerDeadline = .milliseconds(50) })
    let client = try server.client()
    try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    let responder = try waiting.next()
    let answer = try client.answer()
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] == "1")
    #expect(answer.text.contains(#""code":"timed_out""#))
    #expect(!responder.complete(.text("late")))
    // The connection is kept, and in step.
    try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(try waiting.next().complete(.text("in time")))
    #expect(try client.answer().text == "in time")
  }

  @Test("a route has its own time and its own answer for its end")
  func routeTimeOut() throws {
    let server = try TestServer([
      Route<Void>.parked(.get, "/wait") { _, responder in keep(responder) }
        .timeLimit(.milliseconds(30)) { .text("still working on \($0.path)", status: 202) }
    ])
    let answer = try server.client().get("/wait")
    #expect(answer.status == 202)
    #expect(answer.text == "still working on /wait")
  }

  @Test("answer and clock race: each request gets exactly one answer")
  func race() throws {
    let server = try TestServer(
      [
        .parked(.get, "/race") { _, responder in
          DispatchQueue.global().asyncAfter(deadline: .now() + .microseconds(Int.random(in: 0...8_000))) {
            responder.complete(.text("answer"))
          }
        }
      ],
      testConfiguration {
        $0.answerDeadline = .milliseconds(4)
        $0.deadlineCheckInterval = .milliseconds(1)
      })
    let clients = try (0..<16).map { _ in try server.client() }
    for _ in 0..<20 {
      for client in clients { try client.send("GET /race HTTP/1.1\r\nHost: x\r\n\r\n") }
      for client in clients { #expect([200, 503].contains(try client.answer().status)) }
    }
    eventually("nothing is parked") { server.server.statistics.parked == 0 }
  }

  @Test("a client that goes while its request is parked leaves nothing behind")
  func clientGone() throws {
    let waiting = Waiting()
    let server = try TestServer([waiting.route, ping])
    var responders: [Responder] = []
    for reset in [false, true, false, true] {
      let client = try server.client()
      try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
      responders.append(try waiting.next())
      if reset {
        // RST in place of FIN.
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      }
    }
    for responder in responders { #expect(responder.complete(.text("for nobody"))) }
    eventually("all connections are gone") { server.server.statistics.connections == 0 }
    #expect(server.server.statistics.requestsInFlight == 0)
    #expect(try server.client().get("/ping").text == "pong")
  }

  @Test("a client that closes its sending half still gets its answer")
  func halfClosed() throws {
    let waiting = Waiting()
    let server = try TestServer([waiting.route])
    let client = try server.client()
    try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    let responder = try waiting.next()
    shutdown(client.descriptor, Int32(SHUT_WR))
    responder.complete(.text("for you"))
    #expect(try client.answer().text == "for you")
  }

  @Test("a responder that is dropped is a 500 at once, and an error that is thrown its answer")
  func dropped() throws {
    let server = try TestServer([
      .parked(.get, "/dropped") { _, _ in },
      .parked(.get, "/thrown") { _, _ in throw HTTPError.badRequest("no", field: "k") },
    ])
    let client = try server.client()
    #expect(try client.get("/dropped").status == 500)
    #expect(try client.get("/thrown").status == 400)
  }

  @Test("a worker may begin and another thread end a request")
  func queuedParked() throws {
    let server = try TestServer([
      .queuedParked(.post, "/both") { _, request, responder in
        DispatchQueue.global().async { responder.complete(.json(request.body)) }
      }
    ])
    let client = try server.client()
    for round in 0..<50 { #expect(try client.post("/both", "\(round)").text == "\(round)") }
  }
}

/// Responders that nobody answers; kept, so that their end does not answer for them.
private let kept = Mutex<[Responder]>([])
private func keep(_ responder: Responder) { kept.withLock { $0.append(responder) } }
