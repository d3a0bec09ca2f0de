import Glibc
import HTTP
import JSON
import Lifecycle
import Store
import Telemetry
import TestSupport
import Testing

@testable import Serving

/// The API over a world, on a socket, stopped with the test.
final class TestAPI {
  /// Outages are what is tested: not a word of them.
  private static let log = LogSink(descriptor: STDERR_FILENO, level: .critical)

  let world: World
  let api: ServingAPI
  let metrics: FreshetMetrics
  private let server: ServingServer

  init(
    _ world: World, intake: (any EventIntake)? = nil, clock: any FreshetClock = SystemClock(),
    _ change: (inout ServingConfiguration) -> Void = { _ in }, http: (inout HTTPConfiguration) -> Void = { _ in }
  ) throws {
    self.world = world
    var configuration = ServingConfiguration()
    configuration.version = "test"
    configuration.eventTypeNames = ["view"]
    change(&configuration)
    metrics = FreshetMetrics(log: Self.log)
    api = ServingAPI(
      configuration, replica: world, intake: intake ?? world, stores: world.stores, metrics: metrics, clock: clock,
      log: Logger("serving", sink: Self.log))
    var web = HTTPConfiguration()
    // A busy machine must not shed what a test waits for.
    web.queueAgeLimit = .seconds(20)
    web.deadlineCheckInterval = .milliseconds(20)
    http(&web)
    server = try ServingServer(api, web)
    try server.start()
  }

  deinit { server.stop(by: Deadline(after: .zero)) }

  func client() throws -> TestClient { try TestClient(self, port: server.port) }
}

/// An answer with its JSON.
struct JSONAnswer {
  let status: Int
  let headers: [String: String]
  let value: JSONValue

  init(_ raw: RawAnswer) throws {
    status = raw.status
    headers = raw.headers
    value = try JSONValue.parse(raw.body)
  }

  subscript(_ key: String) -> JSONValue? { value[key] }
  var list: [JSONValue] { value["recommendations"]?.arrayValue ?? [] }
  var itemIDs: [JSONValue] { list.compactMap { $0["item_id"] } }
  var provenance: JSONValue { value["provenance"] ?? .null }
  var degraded: String? { provenance["degraded"]?.stringValue }
  var isHit: Bool { value["cache_hit"]?.booleanValue ?? false }
  var error: JSONValue { value["error"] ?? .null }
  var field: String? { error["field"]?.stringValue }
  var message: String { error["message"]?.stringValue ?? "" }
}

/// A connection that keeps its server running.
final class TestClient {
  private let server: TestAPI
  private let raw: RawClient

  init(_ server: TestAPI, port: UInt16) throws {
    self.server = server
    raw = try RawClient(port: port)
  }

  func get(_ path: String) throws -> RawAnswer { try raw.get(path) }
  func post(_ path: String, _ body: String, headers: [String] = []) throws -> RawAnswer {
    try raw.post(path, body, headers: headers)
  }
  func post(_ path: String, _ body: [UInt8]) throws -> RawAnswer {
    // At once: a body that follows its head waits for an acknowledgement that the other side delays.
    try raw.send(Array("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
    return try raw.answer()
  }
  func recommend(_ body: String) throws -> JSONAnswer { try JSONAnswer(post("/recommend", body)) }
  func json(_ path: String) throws -> JSONAnswer { try JSONAnswer(get(path)) }
  func events(_ body: String, wait: String = "applied", headers: [String] = []) throws -> JSONAnswer {
    try JSONAnswer(post("/events?wait=\(wait)", body, headers: headers))
  }
  func delete(_ path: String) throws -> JSONAnswer {
    try raw.send("DELETE \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
    return try JSONAnswer(raw.answer())
  }
}
