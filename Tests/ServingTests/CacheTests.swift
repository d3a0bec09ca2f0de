import Foundation
import Identity
import JSON
import Lifecycle
import TestSupport
import Testing

@testable import Serving

@Suite struct CacheTests {
  @Test func theSameQuestionIsAnsweredFromTheCacheUntilTheUsersNextEvent() throws {
    let world = try World()
    let api = try TestAPI(world)
    let client = try api.client()
    let question = #"{"user_id": 3, "k": 5}"#
    let first = try client.recommend(question)
    let second = try client.recommend(question)
    #expect(!first.isHit && second.isHit)
    #expect(first["recommendations"] == second["recommendations"])
    #expect(first["n_candidates"] == second["n_candidates"])
    // Another user's event leaves it as it is.
    try world.apply(user: EntityID(9), item: World.item(1))
    let top = try #require(first.itemIDs.first)
    let item = top.stringValue.map { EntityID($0) } ?? EntityID(top.integerValue ?? -1)
    try world.apply(user: EntityID(3), item: item)
    let third = try client.recommend(question)
    #expect(!third.isHit)
    #expect(!third.itemIDs.contains(top))
    #expect(third.provenance["user_events"]?.integerValue == (first.provenance["user_events"]?.integerValue ?? 0) + 1)
    #expect(api.metrics.recommendCache["hit"].value == 1)
    #expect(api.metrics.recommendCache["miss"].value == 2)
  }

  @Test func everythingThatShapesTheAnswerIsInTheKey() throws {
    let client = try TestAPI(World()).client()
    let questions = [
      #"{"user_id": 3}"#, #"{"user_id": "3"}"#, #"{"user_id": 3, "k": 19}"#, #"{"user_id": 3, "include_seen": true}"#,
      #"{"user_id": 3, "exclude": [1]}"#, #"{"user_id": 3, "exclude": [2]}"#,
      #"{"user_id": 3, "filter": {"genres": ["War"]}}"#, #"{"user_id": 3, "filter": {"min_year": 1970}}"#,
      #"{"user_id": 3, "filter": {"max_year": 1970}}"#, #"{"user_id": 3, "filter": {"max_price": 1970}}"#,
      #"{"user_id": 3, "filter": {"available": true}}"#, #"{"user_id": 4}"#,
    ]
    for question in questions { #expect(try !client.recommend(question).isHit, "\(question)") }
    for question in questions { #expect(try client.recommend(question).isHit, "\(question)") }
    // Written otherwise, the same question.
    #expect(try client.recommend(#"{"k": 20, "user_id": 3, "filter": {}}"#).isHit)
    #expect(try client.json("/recommend/3").isHit)
  }

  @Test func withoutTheCacheNothingIsReadOrKept() throws {
    let api = try TestAPI(World())
    let client = try api.client()
    let question = #"{"user_id": 3, "use_cache": false}"#
    #expect(try !client.recommend(question).isHit)
    #expect(api.api.cache.count == 0)
    _ = try client.recommend(#"{"user_id": 3}"#)
    #expect(try !client.recommend(question).isHit)
    let off = try TestAPI(World()) { $0.cacheLifetime = .zero }
    let other = try off.client()
    #expect(try !other.recommend(#"{"user_id": 3}"#).isHit)
    #expect(try !other.recommend(#"{"user_id": 3}"#).isHit)
  }

  @Test func anotherBundleIsAnotherAnswer() throws {
    let world = try World()
    let client = try TestAPI(world).client()
    _ = try client.recommend(#"{"user_id": 3}"#)
    try world.refit(ranker: nil)
    let answer = try client.recommend(#"{"user_id": 3}"#)
    #expect(!answer.isHit)
    #expect(answer.degraded == "no_ranker")
  }

  @Test func anAnswerGrowsOldAndItsAgeIsTold() throws {
    let world = try World()
    let clock = ManualClock(nowMilliseconds: world.nowMs + 1_000_000)
    let client = try TestAPI(world, clock: clock) { $0.cacheLifetime = .seconds(10) }.client()
    let question = #"{"user_id": 3}"#
    let first = try client.recommend(question)
    clock.advance(by: .seconds(9))
    let second = try client.recommend(question)
    #expect(second.isHit)
    let ages = [first, second].compactMap { $0.provenance["user_last_event_age_ms"]?.integerValue }
    #expect(ages.count == 2 && ages[1] - ages[0] == 9_000)
    clock.advance(by: .seconds(1))
    #expect(try !client.recommend(question).isHit)
  }

  @Test func theCacheIsBounded() throws {
    let api = try TestAPI(World()) { $0.cacheEntries = 10 }
    let client = try api.client()
    for user in 1...40 { _ = try client.recommend(#"{"user_id": \#(user)}"#) }
    #expect(api.api.cache.count == 10)
    #expect(try client.recommend(#"{"user_id": 40}"#).isHit)
    #expect(try !client.recommend(#"{"user_id": 1}"#).isHit)
  }

  /// Events and questions of several users in a random order, over two connections: an answer always knows every event
  /// that was acknowledged before it was asked for.
  @Test(arguments: [1, 2, 3] as [UInt64]) func noAnswerIsStalerThanTheState(seed: UInt64) throws {
    let world = try World(seed: seed)
    let api = try TestAPI(world)
    let clients = try [api.client(), api.client()]
    var random = Hash64.mix(seed)
    var hits = 0
    for step in 0..<300 {
      random = Hash64.mix(random)
      let user = EntityID(Int64(1 + random % 4))
      let client = clients[Int(random >> 8) % 2]
      if (random >> 16) % 4 == 0 {
        let item = World.item(Int(random >> 24) % 60)
        let text = item.form == .integer ? item.text : "\"\(item.text)\""
        #expect(try client.events(#"{"type": "view", "user": \#(user), "item": \#(text)}"#).status == 200)
      } else {
        let answer = try client.recommend(#"{"user_id": \#(user), "k": 10}"#)
        hits += answer.isHit ? 1 : 0
        let known = Int(answer.provenance["user_events"]?.integerValue ?? -1)
        #expect(known == world.eventCount(of: user), "seed \(seed), step \(step)")
        let shown = answer.itemIDs.map { ItemKey(EntityID($0.stringValue ?? "\($0.integerValue ?? -1)")) }
        #expect(Set(shown).isDisjoint(with: world.history(of: user)), "seed \(seed), step \(step)")
      }
    }
    #expect(hits > 20, "seed \(seed)")
  }
}
