import HTTP
import Identity
import JSON
import State

extension ServingAPI {
  /// `GET` and `DELETE /users/{id}`.
  var userRoutes: [Route<ServingWorker>] {
    let erase = Route<ServingWorker>.queuedParked(.delete, "/users/{id}") { [self] _, request, responder in
      try QueryParameters.check(request, known: ["wait"])
      let user = try RequestFields.pathID(request.pathParameter("id"), field: "id")
      // Whoever asks to be forgotten wants to know when it is done.
      self.erase(user, wait: try EventWait.read(request) ?? .applied, responder)
    }
    return [
      .queued(.get, "/users/{id}") { worker, request in
        try QueryParameters.check(request, known: [])
        return try worker.user(RequestFields.pathID(request.pathParameter("id"), field: "id"))
      },
      erase.timeLimit(configuration.eventTimeLimit) { _ in ReceiptText.erasureTimeOut },
    ]
  }

  /// Sends an erase event: it stands in the log behind everything that the user did before.
  private func erase(_ user: EntityID, wait: EventWait, _ responder: Responder) {
    let receiptID = Self.receiptID()
    var writer = JSONWriter(reserving: 256)
    writer.beginObject()
    writer.key("type")
    writer.string("erase")
    writer.key("user")
    AnswerText.id(user, into: &writer)
    writer.key("event_id")
    writer.string(receiptID)
    writer.endObject()
    intake.submit(writer.bytes, isLines: false, wait: wait) { [self] receipt in
      forget(user)
      responder.complete(Self.erasure(of: user, receiptID, receipt, wait))
    }
  }

  /// Drops what this process holds beside the store.
  private func forget(_ user: EntityID) {
    remembered.forget(user)
    cache.forget(user: user.text, userHash: user.hash64)
  }

  private static func receiptID() -> String {
    "erase-" + AnswerText.hexadecimal(.random(in: .min ... .max)) + AnswerText.hexadecimal(.random(in: .min ... .max))
  }

  private static func erasure(
    of user: EntityID, _ receiptID: String, _ receipt: EventReceipt, _ wait: EventWait
  ) -> HTTPResponse {
    guard receipt.accepted == 1, receipt.failure == nil else { return ReceiptText.response(receipt, wait: wait) }
    var writer = JSONWriter(reserving: 256)
    writer.beginObject()
    writer.key("user_id")
    AnswerText.id(user, into: &writer)
    writer.key("receipt")
    writer.string(receiptID)
    writer.key("status")
    writer.string(wait == .applied ? "erased" : "accepted")
    writer.endObject()
    return .json(writer.bytes, status: wait == .applied ? 200 : 202)
  }
}

extension ServingWorker {
  /// Interactions that the summary shows.
  private static let recentEntries = 20

  /// What is known of a user.
  fileprivate mutating func user(_ user: EntityID) throws(HTTPError) -> HTTPResponse {
    let lookup = lookUp(user)
    guard let record = lookup.record else {
      switch lookup.failure {
      case nil: throw .notFound("no event of this user has been applied", field: "id")
      case .recordUnreadable:
        throw .unavailable("record_unreadable", "the stored record cannot be read; the server's log says why")
      default: throw .unavailable("store_unavailable", "the store does not answer; try again")
      }
    }
    writer.removeAll()
    writer.beginObject()
    writer.key("user_id")
    AnswerText.id(user, into: &writer)
    counts(record)
    attributes(record)
    recent(record)
    writer.key("degraded")
    AnswerText.text(lookup.failure?.rawValue, into: &writer)
    writer.endObject()
    return .json(writer.bytes)
  }

  private mutating func counts(_ record: UserRecord) {
    writer.key("events")
    writer.integer(record.eventCount)
    writer.key("positives")
    writer.integer(record.positiveCount)
    writer.key("mean_grade")
    if let grade = record.meanGrade { writer.number(grade) } else { writer.null() }
    writer.key("impressions")
    writer.integer(record.impressionCount)
    writer.key("late_events")
    writer.integer(record.lateCount)
    writer.key("first_event_ms")
    if record.eventCount > 0 { writer.integer(record.firstMs) } else { writer.null() }
    writer.key("last_event_ms")
    if record.eventCount > 0 { writer.integer(record.lastMs) } else { writer.null() }
    writer.key("history_length")
    writer.integer(record.history.count)
  }

  private mutating func attributes(_ record: UserRecord) {
    writer.key("attributes")
    writer.beginObject()
    for (name, value) in record.attributes.sorted(by: { $0.key < $1.key }) {
      writer.key(name)
      switch value {
      case .text(let text): writer.string(text)
      case .number(let number): writer.number(number)
      case .flag(let flag): writer.boolean(flag)
      }
    }
    writer.endObject()
  }

  /// The last interactions, newest first.
  private mutating func recent(_ record: UserRecord) {
    let state = api.replica.items
    let catalogue = state.catalogue
    let names = api.configuration.eventTypeNames
    writer.key("recent")
    writer.beginArray()
    for entry in record.history.suffix(Self.recentEntries).reversed() {
      let item = state.index(of: entry.item).flatMap { catalogue.item(at: $0) }
      writer.beginObject()
      writer.key("item_id")
      if let item { AnswerText.id(item.id, into: &writer) } else { writer.null() }
      writer.key("title")
      AnswerText.text(item?.metadata.title, into: &writer)
      writer.key("type")
      let code = Int(entry.typeCode)
      if code < names.count { writer.string(names[code]) } else { writer.integer(code) }
      writer.key("signal")
      writer.string("\(entry.signal)")
      writer.key("grade")
      writer.number(entry.grade.value)
      writer.key("time_ms")
      writer.integer(entry.timeMs)
      writer.endObject()
    }
    writer.endArray()
  }
}
