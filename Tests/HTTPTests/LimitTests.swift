import HTTP
import TestSupport
import Testing

@Suite("HTTP: limits")
struct LimitTests {
  @Test("a length beyond the limit is refused before the body is sent, and the connection closed")
  func declaredLength() throws {
    let server = try TestServer([echo], testConfiguration { $0.bodyLimit = 1_000 })
    let client = try server.client()
    #expect(try client.post("/echo", String(repeating: "x", count: 1_000)).status == 200)
    try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
    let answer = try client.answer()
    #expect(answer.status == 413)
    #expect(answer.text.contains(#""code":"too_large""#))
    #expect(try client.isClosedByServer())
  }

  @Test("a chunked body beyond the limit is 413 at its end; one without an end is cut")
  func chunked() throws {
    let server = try TestServer([echo], testConfiguration { $0.bodyLimit = 1_000 })
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    let chunk = "fa0\r\n" + String(repeating: "x", count: 4_000) + "\r\n"
    let client = try server.client()
    try client.send(head + chunk + chunk + "0\r\n\r\n")
    #expect(try client.answer().status == 413)
    #expect(try client.post("/echo", "still here").text == "still here")
    try client.send(head)
    let endless = Result { for _ in 0..<20_000 { try client.send(chunk) } }
    #expect(throws: RawClientError.self) { try endless.get() }
  }

  @Test("a route may have its own limit, and a body for nobody is read and thrown away")
  func routeLimit() throws {
    let server = try TestServer(
      [echo, Route<Void>.inline(.post, "/big") { .text("\($0.body.count)") }.bodyLimit(200_000)],
      testConfiguration { $0.bodyLimit = 10 })
    let client = try server.client()
    let body = String(repeating: "x", count: 200_000)
    #expect(try client.post("/big", body).text == "200000")
    #expect(try client.post("/nowhere", body).status == 404)
    #expect(try client.post("/echo", "0123456789").status == 200)
    #expect(try client.post("/echo", body).status == 413)
  }

  @Test("a long line or header is refused by the library, and the server goes on")
  func longHeader() throws {
    let server = try TestServer([ping])
    let long = String(repeating: "x", count: 40_000)
    for request in ["GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ping HTTP/1.1\r\nHost: x\r\nX: \(long)\r\n\r\n"] {
      let client = try server.client()
      try? client.send(request)
      // The answer may be lost to the reset that follows unread bytes.
      if let answer = try? client.answer() { #expect([413, 414, 431].contains(answer.status)) }
    }
    #expect(try server.client().get("/ping").text == "pong")
  }

  @Test("more than 64 query parameters are refused")
  func queryParameters() throws {
    let server = try TestServer([ping])
    let query = { (count: Int) in (0..<count).map { "a\($0)=1" }.joined(separator: "&") }
    #expect(try server.client().get("/ping?" + query(64)).status == 200)
    #expect(try server.client().get("/ping?" + query(65)).status == 400)
  }

  @Test("connections from one address are limited where the setting says so")
  func perAddress() throws {
    let server = try TestServer([ping], testConfiguration { $0.connectionLimitPerAddress = 2 })
    let kept = [try server.client(), try server.client()]
    for client in kept { #expect(try client.get("/ping").status == 200) }
    #expect(try server.client().isClosedByServer())
    #expect(try kept[0].get("/ping").status == 200)
  }

  @Test("the connection after the last waits until one is free")
  func total() throws {
    let server = try TestServer([ping], testConfiguration { $0.connectionLimit = 3 })
    var kept = [try server.client(), try server.client(), try server.client()]
    for client in kept { #expect(try client.get("/ping").status == 200) }
    let waiting = try server.client()
    try waiting.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(server.server.statistics.connections == 3)
    kept.removeFirst()
    #expect(try waiting.answer().text == "pong")
  }

  @Test("settings that cannot work are named")
  func configuration() {
    let changes: [(String, (inout HTTPConfiguration) -> Void)] = [
      ("connectionLimit", { $0.connectionLimit = 0 }), ("connectionLimit", { $0.connectionLimit = 100_000 }),
      ("workers", { $0.workers = 0 }), ("queueCapacity", { $0.queueCapacity = 0 }),
      ("headerDeadline", { $0.headerDeadline = .zero }), ("apiKeys", { $0.apiKeys = ["short"] }),
      ("headerLimit", { $0.headerLimit = 10 }),
    ]
    for (setting, change) in changes {
      let error = #expect(throws: HTTPServerError.self) {
        _ = try HTTPServer(testConfiguration(change), routes: [ping])
      }
      #expect(error?.message.contains(setting) == true)
    }
  }

  @Test("an address that is taken is an error that names it")
  func takenAddress() throws {
    let server = try TestServer([ping])
    let port = server.port
    let second = try HTTPServer(
      testConfiguration { $0.address = .tcp(host: "127.0.0.1", port: port) }, routes: [ping])
    let error = #expect(throws: HTTPServerError.self) { try second.start() }
    #expect(error?.code == .address)
    #expect(error?.message.contains("\(port)") == true)
  }

  @Test("a Unix socket serves, replaces a stale one, leaves a live one alone, and is removed")
  func unixSocket() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/http.sock"
    let configuration = testConfiguration { $0.address = .unix(path: path) }
    for _ in 0..<2 {
      let server = try TestServer([ping], configuration)
      #expect(try RawClient(path: path).get("/ping").text == "pong")
      let second = try HTTPServer(configuration, routes: [ping])
      #expect(throws: HTTPServerError.self) { try second.start() }
      #expect(try RawClient(path: path).get("/ping").text == "pong")
      server.server.drain(within: .zero)
      #expect(throws: RawClientError.self) { try RawClient(path: path) }
      // As a killed process leaves it.
      leaveStaleSocket(path)
    }
  }
}
