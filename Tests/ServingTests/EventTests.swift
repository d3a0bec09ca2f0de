import Foundation
import HTTP
import Identity
import JSON
import TestSupport
import Testing

@testable import Serving

@Suite struct EventTests {
  @Test func oneEventChangesTheNextAnswer() throws {
    let world = try World()
    let client = try TestAPI(world).client()
    let before = try client.recommend(#"{"user_id": 5, "k": 3}"#)
    let item = try #require(before.itemIDs.first)
    let text = item.stringValue.map { "\"\($0)\"" } ?? "\(item.integerValue ?? -1)"
    let receipt = try client.events(#"{"type": "view", "user": 5, "item": \#(text)}"#)
    #expect(receipt.status == 200)
    #expect(receipt.value == .object(["accepted": .integer(1), "rejected": .array([])]))
    #expect(try !client.recommend(#"{"user_id": 5, "k": 3}"#).itemIDs.contains(item))
  }

  @Test func theBrokersWordIs202AndTheDefaultIsConfigured() throws {
    let world = try World(items: 9, events: 9)
    let event = #"{"type": "view", "user": 5, "item": 1}"#
    let client = try TestAPI(world).client()
    #expect(try JSONAnswer(client.post("/events", event)).status == 202)
    #expect(try client.events(event, wait: "broker").status == 202)
    let other = try TestAPI(world) { $0.eventWait = .applied }.client()
    #expect(try JSONAnswer(other.post("/events", event)).status == 200)
    #expect(world.submissions.withLock { $0.map(\.wait) } == [.broker, .broker, .applied])
    #expect(try client.events(event, wait: "never").field == "wait")
    #expect(try JSONAnswer(client.post("/events?wat=applied", event)).field == "wat")
  }

  @Test func goodEventsOfABatchAreTakenThoughOthersAreBad() throws {
    let client = try TestAPI(World(items: 9, events: 9)).client()
    let good = #"{"type": "view", "user": 5, "item": 1}"#
    let batch = try client.events("[\(good), {\"item\": 1}, \(good)]")
    #expect(batch.status == 200)
    #expect(batch["accepted"] == .integer(2))
    #expect(batch["rejected"]?.arrayValue?.first?["index"] == .integer(1))
    #expect(batch["rejected"]?.arrayValue?.first?["field"] == .string("user"))
    for type in ["application/x-ndjson; charset=utf-8", "application/jsonl", "Application/NDJSON"] {
      let lines = try client.events("{\"broken\n\(good)", headers: ["Content-Type: \(type)"])
      #expect(lines["accepted"] == .integer(1))
      #expect(lines["rejected"]?.arrayValue?.first?["index"] == .integer(0))
      #expect(lines["rejected"]?.arrayValue?.first?["field"] == .null)
    }
  }

  @Test func noGoodEventIs400WithListAndError() throws {
    let client = try TestAPI(World(items: 9, events: 9)).client()
    let answer = try client.events(#"{"item": 1}"#)
    #expect(answer.status == 400)
    #expect(answer["accepted"] == .integer(0))
    #expect(answer["rejected"]?.arrayValue?.count == 1)
    #expect(answer.field == "user")
    for body in ["", "[]", "[1"] {
      let refused = try client.events(body)
      #expect(refused.status == 400, "\(body)")
      #expect(!refused.message.isEmpty)
    }
  }

  @Test func aBrokerThatRefusesIs503WithRetryAfter() throws {
    let world = try World(items: 9, events: 9)
    world.failure.withLock { $0 = EventFailure(code: "broker_unavailable", message: "no broker is reachable") }
    let answer = try TestAPI(world).client().events(#"{"type": "view", "user": 5, "item": 1}"#)
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] == "1")
    #expect(answer.error["code"] == .string("broker_unavailable"))
  }

  @Test func aBrokerThatIsSilentIs503InTime() throws {
    final class Silent: EventIntake {
      func submit(
        _ body: [UInt8], isLines: Bool, wait: EventWait, done: @escaping @Sendable (EventReceipt) -> Void
      ) {
        // Kept for longer than the request may wait.
        Thread.detachNewThread {
          sleep(2)
          done(EventReceipt(accepted: 1))
        }
      }
    }
    let world = try World(items: 9, events: 9)
    let api = try TestAPI(world, intake: Silent()) { $0.eventTimeLimit = .milliseconds(100) }
    let answer = try api.client().events(#"{"type": "view", "user": 5, "item": 1}"#)
    #expect(answer.status == 503)
    #expect(answer.error["code"] == .string("not_acknowledged"))
    #expect(answer.headers["retry-after"] == "1")
    #expect(try api.client().delete("/users/5").error["code"] == .string("not_acknowledged"))
  }

  @Test func aBodyAboveTheLimitIs413() throws {
    let api = try TestAPI(World(items: 9, events: 9)) { $0.eventsBodyLimit = 100_000 }
    let event = #"{"type": "view", "user": 5, "item": 1, "context": {"note": "NOTE"}}"#
    let large = event.replacing("NOTE", with: String(repeating: "n", count: 90_000))
    #expect(try api.client().events(large).status == 200)
    #expect(try api.client().events("[\(large), \(large)]").status == 413)
  }
}
