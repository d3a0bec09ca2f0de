import Foundation
import HTTP
import TestSupport
import Testing

/// A configuration whose clock is looked at often, so that deadlines of a test are short.
func testConfiguration(_ change: (inout HTTPConfiguration) -> Void = { _ in }) -> HTTPConfiguration {
  var configuration = HTTPConfiguration()
  configuration.deadlineCheckInterval = .milliseconds(20)
  // A busy machine must not shed what a test waits for.
  configuration.queueAgeLimit = .seconds(20)
  change(&configuration)
  return configuration
}

/// A started server that stops with the test.
final class TestServer<Worker: Sendable>: Sendable {
  let server: HTTPServer<Worker>
  var port: UInt16 { server.port }

  init(
    _ routes: [Route<Worker>], _ configuration: HTTPConfiguration = testConfiguration(),
    makeWorker: @escaping @Sendable (Int) -> Worker
  ) throws {
    server = try HTTPServer(configuration, routes: routes, makeWorker: makeWorker)
    try server.start()
  }

  deinit { server.drain(within: .zero) }

  func client() throws -> RawClient { try RawClient(port: port) }
}

extension TestServer where Worker == Void {
  convenience init(_ routes: [Route<Void>], _ configuration: HTTPConfiguration = testConfiguration()) throws {
    try self.init(routes, configuration, makeWorker: { _ in })
  }
}

let ping = Route<Void>.inline(.get, "/ping") { _ in .text("pong") }
let echo = Route<Void>.inline(.post, "/echo") { .json($0.body) }

/// Polls until it holds; fails the test when it never does.
func eventually(
  _ what: String, within seconds: Double = Double(RawClient.patience),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) rethrows {
  let end = Date().addingTimeInterval(seconds)
  while Date() < end {
    if try condition() { return }
    usleep(2_000)
  }
  Issue.record("never: \(what)", sourceLocation: sourceLocation)
}
