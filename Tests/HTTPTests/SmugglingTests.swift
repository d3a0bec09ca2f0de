import HTTP
import TestSupport
import Testing

/// Requests that two servers in a row would read differently. Each must be refused and its connection closed, so that
/// nothing that follows it can pass for a request.
///
/// That these fail without the cure was seen by making `HeaderAudit.init` and the checks of `RawHead` return at once:
/// libmicrohttpd then answers 200 to all that have a status here but "+4", "-4" and the bad name.
@Suite("HTTP: request smuggling")
struct SmugglingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let header: String
    var target = "/echo"
    let status: Int
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "length and chunked", header: "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", status: 400),
    Case(
      name: "chunked and length", header: "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", status: 400),
    Case(name: "two lengths that differ", header: "Content-Length: 4\r\nContent-Length: 5\r\n", status: 400),
    Case(name: "two lengths that agree", header: "Content-Length: 4\r\nContent-Length: 4\r\n", status: 400),
    Case(name: "a list of lengths", header: "Content-Length: 4, 4\r\n", status: 400),
    Case(name: "a signed length", header: "Content-Length: +4\r\n", status: 400),
    Case(name: "a negative length", header: "Content-Length: -4\r\n", status: 400),
    Case(name: "an empty length", header: "Content-Length: \r\n", status: 400),
    Case(name: "a hexadecimal length", header: "Content-Length: 0x4\r\n", status: 400),
    Case(name: "a length beyond 64 bits", header: "Content-Length: 18446744073709551620\r\n", status: 413),
    Case(name: "chunked is not the only coding", header: "Transfer-Encoding: identity, chunked\r\n", status: 501),
    Case(name: "an unknown coding", header: "Transfer-Encoding: xchunked\r\n", status: 501),
    // The library reads no body where another server reads one.
    Case(name: "chunked with a space behind it", header: "Transfer-Encoding: chunked \r\n", status: 501),
    Case(name: "a length with a space behind it", header: "Content-Length: 4 \r\n", status: 400),
    Case(
      name: "two codings", header: "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", status: 400),
    Case(name: "a space before the colon", header: "Transfer-Encoding : chunked\r\n", status: 400),
    Case(name: "a tab before the colon", header: "Content-Length\t: 4\r\n", status: 400),
    Case(name: "two hosts", header: "Host: y\r\nContent-Length: 4\r\n", status: 400),
    Case(name: "a continued line", header: "X-A: b\r\n Transfer-Encoding: chunked\r\n", status: 400),
    Case(name: "a NUL in a value", header: "Content-Length: 4\0 4\r\nX-A: b\r\n", status: 400),
    Case(name: "a NUL in the last value", header: "Content-Length: 4\08\r\n", status: 400),
    Case(name: "a control character in a value", header: "X-A: a\u{1}b\r\nContent-Length: 4\r\n", status: 400),
    Case(name: "a bare CR in a value", header: "X-A: a\rContent-Length: 9\r\nContent-Length: 4\r\n", status: 400),
    Case(name: "a NUL in the path", header: "Content-Length: 4\r\n", target: "/echo\0/admin", status: 400),
    Case(name: "an escaped NUL in the path", header: "Content-Length: 4\r\n", target: "/echo%00", status: 400),
    Case(name: "an escaped NUL in the query", header: "Content-Length: 4\r\n", target: "/echo?a=%00", status: 400),
    Case(name: "a broken escape", header: "Content-Length: 4\r\n", target: "/echo%zz", status: 400),
    Case(name: "an escape cut short", header: "Content-Length: 4\r\n", target: "/echo%4", status: 400),
    Case(name: "a path that is not UTF-8", header: "Content-Length: 4\r\n", target: "/echo%ff", status: 400),
    Case(name: "two spaces after the method", header: "Content-Length: 4\r\n", target: " /echo", status: 400),
    Case(name: "a path without a slash", header: "Content-Length: 4\r\n", target: "echo", status: 400),
  ]

  @Test("is refused, and the connection closed", arguments: cases)
  func refused(_ example: Case) throws {
    let server = try TestServer([echo])
    let client = try server.client()
    // A body of four bytes by every reading, then what an attacker would smuggle.
    try client.send(
      "POST \(example.target) HTTP/1.1\r\nHost: x\r\n\(example.header)\r\nbodyGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    let answer = try client.answer()
    #expect(answer.status == example.status)
    // The library repeats a status of its own after some; what matters is that no second request was seen.
    _ = try client.isClosedByServer()
    eventually("the request has ended") { server.server.statistics.requestsInFlight == 0 }
    #expect(try server.client().post("/echo", "next").text == "next")
  }

  @Test("without Host, or with another version, is refused by the library itself")
  func library() throws {
    let server = try TestServer([ping])
    for (request, status) in [
      ("GET /ping HTTP/1.1\r\n\r\n", 400), ("GET /ping HTTP/9.9\r\nHost: x\r\n\r\n", 505),
      ("GET /ping\r\n\r\n", 400),
    ] {
      let client = try server.client()
      try client.send(request)
      #expect(try client.answer().status == status, "\(request.debugDescription)")
    }
    let client = try server.client()
    try client.send("\u{1}\u{2}\u{3}\r\n\r\n")
    #expect(try client.isClosedByServer())
    #expect(try server.client().get("/ping").text == "pong")
  }

  @Test("ordinary headers of many shapes pass")
  func accepted() throws {
    let server = try TestServer([
      echo, .inline(.get, "/count") { .text("\($0.headers.count) \($0.header("x-last") ?? "-")") },
    ])
    let client = try server.client()
    try client.send("GET /count HTTP/1.1\nHost: x\nX-Last: bare line feeds\n\n")
    #expect(try client.answer().text == "2 bare line feeds")
    // All but fills the header's memory, in many pieces.
    let many = (0..<120).map { "X-Field-\($0): \(String(repeating: "v", count: $0 % 50)) " }
    #expect(try client.get("/count?a=1&b=2&c=%20", headers: many + ["X-Last:\tend"]).text == "122 end")
    #expect(try client.post("/echo", "body", headers: ["X-Empty:", "X-Colon: a:b:c"]).text == "body")
    try client.send("\r\n\r\n" + RawClient.post("/echo", "after empty lines"))
    #expect(try client.answer().text == "after empty lines")
    try client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\ntransfer-encoding:  CHUNKED\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: t\r\n\r\n")
    #expect(try client.answer().text == "ok")
    #expect(try client.get("/count").text == "1 -")
  }
}
