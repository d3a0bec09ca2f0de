import HTTP
import TestSupport
import Testing

@Suite("HTTP: the protocol")
struct ProtocolTests {
  @Test("one connection serves requests one after another, and HTTP/1.0 closes")
  func keepAlive() throws {
    let server = try TestServer([ping, echo])
    let client = try server.client()
    for round in 0..<5 {
      #expect(try client.get("/ping").text == "pong")
      #expect(try client.post("/echo", "{\"n\":\(round)}").text == "{\"n\":\(round)}")
    }
    #expect(server.server.statistics.connections == 1)
    try client.send("GET /ping HTTP/1.0\r\n\r\n")
    #expect(try client.answer().text == "pong")
    #expect(try client.isClosedByServer())
  }

  @Test("requests sent at once are answered in their order, whoever answers them")
  func pipelining() throws {
    let server = try TestServer([
      ping,
      .queued(.post, "/queued") { _, request in .json(request.body) },
      .parked(.post, "/parked") { request, responder in responder.complete(.json(request.body)) },
    ])
    let client = try server.client()
    var all = ""
    for round in 0..<20 {
      all += RawClient.post("/queued", "q\(round)") + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
      all += RawClient.post("/parked", "p\(round)")
    }
    try client.send(all)
    for round in 0..<20 {
      #expect(try client.answer().text == "q\(round)")
      #expect(try client.answer().text == "pong")
      #expect(try client.answer().text == "p\(round)")
    }
  }

  @Test("a chunked body arrives whole, with extensions, and a broken one is refused")
  func chunked() throws {
    let server = try TestServer([echo])
    let client = try server.client()
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    try client.send(head + "3\r\nabc\r\n4;name=value\r\ndefg\r\n0\r\n\r\n")
    #expect(try client.answer().text == "abcdefg")
    try client.send(head + "zz\r\nabc\r\n0\r\n\r\n")
    #expect(try client.answer().status == 400)
  }

  @Test("a body that comes in pieces is put together")
  func pieces() throws {
    let server = try TestServer([echo])
    let client = try server.client()
    let body = String(repeating: "0123456789", count: 4_000)
    let bytes = Array(RawClient.post("/echo", body).utf8)
    for start in stride(from: 0, to: bytes.count, by: 7_001) {
      try client.send(Array(bytes[start..<min(start + 7_001, bytes.count)]))
    }
    #expect(try client.answer().text == body)
  }

  @Test("HEAD gets the header of GET and no body")
  func head() throws {
    let server = try TestServer([ping])
    let client = try server.client()
    try client.send("HEAD /ping HTTP/1.1\r\nHost: x\r\n\r\n")
    let answer = try client.answer(hasBody: false)
    #expect(answer.status == 200)
    #expect(answer.headers["content-length"] == "4")
    // Nothing of a body stands before the next answer.
    #expect(try client.get("/ping").text == "pong")
  }

  @Test("an unknown path is 404, an unknown method 405 with Allow, both as JSON, and the connection lives")
  func notFound() throws {
    let server = try TestServer([ping, echo, .inline(.delete, "/ping") { _ in .text("gone") }])
    let client = try server.client()
    let missing = try client.get("/nothing")
    #expect(missing.status == 404)
    #expect(missing.headers["content-type"] == "application/json")
    #expect(
      missing.text == #"{"error":{"code":"not_found","field":null,"message":"there is nothing at this path"}}"#)
    let wrong = try client.post("/ping", "body that nobody reads")
    #expect(wrong.status == 405)
    #expect(wrong.headers["allow"] == "DELETE, GET, HEAD")
    #expect(try client.get("/ping/").status == 404)
    #expect(try client.get("/ping").text == "pong")
  }

  @Test("Expect: 100-continue is answered before the body is sent")
  func expectContinue() throws {
    let server = try TestServer([echo])
    let client = try server.client()
    try client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.answer().status == 100)
    try client.send("ok")
    #expect(try client.answer().text == "ok")
  }

  @Test("path parameters and queries are decoded once, and an escaped slash is no separator")
  func parameters() throws {
    let server = try TestServer([
      .inline(.get, "/items/{id}") { request in
        .text("\(request.pathParameter("id") ?? "-")|\(request.queryParameter("q") ?? "-")|\(request.route)")
      },
      .inline(.get, "/items/new") { _ in .text("literal") },
      .inline(.get, "/users/{user}/items/{id}") { .text("\($0.pathParameter("user") ?? "")+\($0.path)") },
    ])
    let client = try server.client()
    #expect(try client.get("/items/42").text == "42|-|/items/{id}")
    #expect(try client.get("/items/a%2Fb%20c?q=x+y%26z&q=2").text == "a/b c|x y&z|/items/{id}")
    #expect(try client.get("/items/%2e%2e").text == "..|-|/items/{id}")
    #expect(try client.get("/items/new").text == "literal")
    #expect(try client.get("/it%65ms/%C3%A9?q").text == "é||/items/{id}")
    #expect(try client.get("/users/%25/items/7").text == "%+/users/%25/items/7")
    #expect(try client.get("/items/").status == 404)
    #expect(try client.get("http://elsewhere:80/items/9").text == "9|-|/items/{id}")
  }

  @Test("header names match in any case, and handlers' errors become answers")
  func headersAndErrors() throws {
    struct Failure: Error {}
    let server = try TestServer([
      .inline(.get, "/header") { .text($0.header("x-nAme") ?? "-") },
      .inline(.get, "/refuse") { _ in throw HTTPError.badRequest("say \"k\"\n", field: "k") },
      .inline(.get, "/fail") { _ in throw Failure() },
      .inline(.get, "/unsendable") { _ in .text("x").with("X-Bad", "a\r\nSet-Cookie: b") },
      .inline(.get, "/empty") { _ in HTTPResponse(status: 204, body: [1, 2, 3]) },
    ])
    let client = try server.client()
    #expect(try client.get("/header", headers: ["X-NAME:  some value "]).text == "some value")
    let refused = try client.get("/refuse")
    #expect(refused.status == 400)
    #expect(
      refused.text == #"{"error":{"code":"bad_request","field":"k","message":"say \"k\"\u000a"}}"#)
    #expect(try client.get("/fail").status == 500)
    let unsendable = try client.get("/unsendable")
    #expect(unsendable.status == 500)
    #expect(unsendable.headers["set-cookie"] == nil)
    #expect(try client.get("/empty").status == 204)
    #expect(try client.get("/header").text == "-")
  }

  @Test("error bodies come from the function that the configuration names")
  func customErrors() throws {
    let configuration = testConfiguration {
      $0.renderError = { .text("custom \($0.code)", status: $0.status) }
    }
    let server = try TestServer([ping], configuration)
    let client = try server.client()
    let answer = try client.get("/x")
    #expect(answer.status == 404)
    #expect(answer.text == "custom not_found")
  }

  @Test("two servers in one process do not meet")
  func twoServers() throws {
    let first = try TestServer([.inline(.get, "/who") { _ in .text("first") }])
    let second = try TestServer([.inline(.get, "/who") { _ in .text("second") }])
    #expect(first.port != second.port)
    let toFirst = try first.client()
    let toSecond = try second.client()
    #expect(try toFirst.get("/who").text == "first")
    #expect(try toSecond.get("/who").text == "second")
    first.server.drain(within: .zero)
    #expect(throws: RawClientError.self) { try first.client() }
    #expect(try toSecond.get("/who").text == "second")
    #expect(second.server.statistics.connections == 1)
  }
}
