import Foundation
import Identity
import JSON
import TestSupport
import Testing

@testable import Serving

@Suite struct EntityTests {
  @Test func anItemIsDescribedAndCounted() throws {
    let client = try TestAPI(World()).client()
    let answer = try client.json("/items/film-3")
    #expect(answer.status == 200)
    #expect(answer["item_id"] == .string("film-3"))
    #expect(answer["title"] == .string("Film \"3\""))
    #expect(answer["year"] == .integer(1963))
    #expect(answer["price"]?.doubleValue == 3)
    #expect(answer["recommendable"] == .boolean(true))
    #expect(answer["events"]?.integerValue ?? 0 > 0)
    #expect(try client.json("/items/4")["item_id"] == .integer(4))
    #expect(try client.json("/items/film-4").status == 404)
    #expect(try client.json("/items/\(String(repeating: "x", count: 300))").field == "id")
  }

  @Test func aUserIsSummarised() throws {
    let world = try World()
    let client = try TestAPI(world).client()
    let answer = try client.json("/users/3")
    #expect(answer.status == 200)
    #expect(answer["user_id"] == .integer(3))
    #expect(answer["events"] == .integer(Int64(world.eventCount(of: EntityID(3)))))
    let recent = try #require(answer["recent"]?.arrayValue)
    #expect(recent.count == min(20, world.eventCount(of: EntityID(3))))
    #expect(recent.first?["type"] == .string("view"))
    #expect(recent.first?["title"]?.stringValue != nil)
    let times = recent.compactMap { $0["time_ms"]?.integerValue }
    #expect(times == times.sorted(by: >))
    #expect(try client.json("/users/nobody").status == 404)
  }

  @Test func anErasedUserIsANewUserAtOnce() throws {
    let world = try World()
    let api = try TestAPI(world)
    let client = try api.client()
    let question = #"{"user_id": 3}"#
    _ = try client.recommend(question)
    #expect(try client.recommend(question).isHit)
    #expect(api.api.remembered.count == 1 && api.api.cache.count == 1)
    let receipt = try client.delete("/users/3")
    #expect(receipt.status == 200)
    #expect(receipt["user_id"] == .integer(3))
    #expect(receipt["status"] == .string("erased"))
    let id = try #require(receipt["receipt"]?.stringValue)
    let sent = try #require(world.submissions.withLock { $0.last })
    #expect(sent.wait == .applied)
    #expect(
      sent.event
        == .object(["type": .string("erase"), "user": .integer(3), "event_id": .string(id)]))
    #expect(api.api.remembered.count == 0 && api.api.cache.count == 0)
    let after = try client.recommend(question)
    #expect(!after.isHit)
    #expect(after.degraded == "new_user")
    #expect(try client.json("/users/3").status == 404)
    // Once more changes nothing, and has a receipt of its own.
    let again = try client.delete("/users/3?wait=broker")
    #expect(again.status == 202)
    #expect(again["receipt"] != receipt["receipt"])
  }
}
