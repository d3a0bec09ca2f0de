import HTTP
import Lifecycle
import TestSupport

/// A parked route whose responders the test takes.
final class Waiting: Sendable {
  private let responders = Condition<[Responder]>([])

  var route: Route<Void> {
    .parked(.get, "/wait") { [responders] _, responder in responders.update { $0.append(responder) } }
  }

  /// Waits for the next one.
  func next() throws -> Responder {
    let found = responders.wait(atMost: .seconds(RawClient.patience)) { $0.isEmpty ? nil : $0.removeFirst() }
    guard let found else { throw RawClientError(description: "no request was parked") }
    return found
  }
}
