import HTTP
import JSON

extension ServingAPI {
  /// `POST /events?wait=broker|applied`.
  var eventRoutes: [Route<ServingWorker>] {
    let route = Route<ServingWorker>.queuedParked(.post, "/events") { [intake, configuration] _, request, responder in
      try QueryParameters.check(request, known: ["wait"])
      let wait = try EventWait.read(request) ?? configuration.eventWait
      intake.submit(request.body, isLines: Self.saysLines(request), wait: wait) {
        responder.complete(ReceiptText.response($0, wait: wait))
      }
    }
    return [
      route.bodyLimit(configuration.eventsBodyLimit)
        .timeLimit(configuration.eventTimeLimit) { _ in ReceiptText.timeOut }
    ]
  }

  private static func saysLines(_ request: HTTPRequest) -> Bool {
    let type = request.header("content-type")?.split(separator: ";").first?.lowercased() ?? ""
    return ["application/x-ndjson", "application/ndjson", "application/jsonl"].contains(type)
  }
}

extension EventWait {
  /// The parameter `wait`; nil where it is missing.
  static func read(_ request: HTTPRequest) throws(HTTPError) -> EventWait? {
    guard let text = request.queryParameter("wait") else { return nil }
    guard let wait = EventWait(rawValue: text) else {
      let known = allCases.map(\.rawValue).joined(separator: " or ")
      throw .badRequest("wait must be \(known), not \"\(text.prefix(64))\"", field: "wait")
    }
    return wait
  }
}

/// What a client is told of its events.
enum ReceiptText {
  static let timeOut = HTTPError.standardResponse(
    .unavailable(
      "not_acknowledged",
      "the events were not acknowledged in time and may or may not be taken; send them again with the same event_id"))

  static let erasureTimeOut = HTTPError.standardResponse(
    .unavailable("not_acknowledged", "the erasure was not acknowledged in time; send it again: once more is harmless"))

  /// 200 when the state holds them, 202 when the broker does, 400 when none was good, 503 when they were not acknowledged.
  static func response(_ receipt: EventReceipt, wait: EventWait) -> HTTPResponse {
    if let failure = receipt.failure {
      return HTTPError.standardResponse(.unavailable(failure.code, failure.message))
    }
    let isNothing = receipt.accepted == 0
    var writer = JSONWriter(reserving: 256)
    writer.beginObject()
    if isNothing { error(receipt, into: &writer) }
    writer.key("accepted")
    writer.integer(receipt.accepted)
    writer.key("rejected")
    writer.beginArray()
    for rejection in receipt.rejected {
      writer.beginObject()
      writer.key("index")
      writer.integer(rejection.index)
      writer.key("field")
      AnswerText.text(rejection.field, into: &writer)
      writer.key("message")
      writer.string(rejection.message)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return .json(writer.bytes, status: isNothing ? 400 : (wait == .applied ? 200 : 202))
  }

  /// The form of every other 400 beside the list, so that a client needs one reader.
  private static func error(_ receipt: EventReceipt, into writer: inout JSONWriter) {
    let first = receipt.rejected.first
    writer.key("error")
    writer.beginObject()
    writer.key("code")
    writer.string("no_valid_event")
    writer.key("field")
    AnswerText.text(first?.field, into: &writer)
    writer.key("message")
    writer.string(first?.message ?? "the body holds no event; send one, an array, or one a line (NDJSON)")
    writer.endObject()
  }
}
