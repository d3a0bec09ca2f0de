import Foundation
import Identity
import JSON
import Store
import TestSupport
import Testing

@testable import Serving

/// Each step down, by taking the real part away.
@Suite struct DegradationTests {
  @Test func withoutARankerTheFusionRanks() throws {
    let world = try World()
    try world.refit(ranker: nil)
    let answer = try TestAPI(world).client().recommend(#"{"user_id": 3}"#)
    #expect(answer.status == 200 && answer.list.count == 20)
    #expect(answer.degraded == "no_ranker")
    #expect(answer.provenance["ranker"] == .null)
  }

  @Test func anUnknownUserGetsPopularity() throws {
    let api = try TestAPI(World())
    let answer = try api.client().recommend(#"{"user_id": "nobody"}"#)
    #expect(answer.status == 200 && answer.list.count == 20)
    #expect(answer.degraded == "new_user")
    #expect(answer.provenance["user_events"] == .integer(0))
    #expect(answer.provenance["user_last_event_age_ms"] == .null)
    #expect(api.metrics.recommendations["new_user"].value == 1)
  }

  @Test func anEmptyWorldIsAskedToTryAgain() throws {
    let world = try World(items: 0, events: 0)
    let client = try TestAPI(world).client()
    let answer = try client.recommend(#"{"user_id": 1}"#)
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] != nil)
    #expect(answer.error["code"] == .string("no_candidates"))
    // The first event ends it.
    #expect(try client.events(#"{"type": "view", "user": 2, "item": "first"}"#).status == 200)
    #expect(try client.recommend(#"{"user_id": 1}"#).itemIDs == [.string("first")])
  }

  @Test func aRecordThatCannotBeReadIsNoError() throws {
    let world = try World()
    try world.damage(EntityID(4))
    let client = try TestAPI(world).client()
    let answer = try client.recommend(#"{"user_id": 4}"#)
    #expect(answer.status == 200 && answer.list.count == 20)
    #expect(answer.degraded == "record_unreadable")
    #expect(try client.json("/users/4").status == 503)
  }

  @Test func aStoppedRedisIsAnsweredFromMemoryAndComesBack() throws {
    let folder = try TemporaryFolder()
    let redis = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try redis.start()
    defer { redis.stop() }
    let world = try World(events: 200, stores: { [configuration = redis.configuration] in RedisStore(configuration) })
    let api = try TestAPI(world)
    let client = try api.client()
    let known = #"{"user_id": 3, "k": 5}"#
    let before = try client.recommend(known)
    #expect(before.degraded == nil)

    redis.stop()
    for _ in 0..<20 {
      let kept = try client.recommend(known)
      #expect(kept.status == 200 && kept.list.count == 5 && !kept.isHit)
      #expect(kept.degraded == "store_unavailable")
      #expect(kept.provenance["user_events"] == before.provenance["user_events"])
      #expect(kept.itemIDs == before.itemIDs)
      let stranger = try client.recommend(#"{"user_id": 4}"#)
      #expect(stranger.status == 200 && stranger.list.count == 20)
      #expect(stranger.degraded == "store_unavailable")
      #expect(stranger.provenance["user_events"] == .integer(0))
    }
    #expect(try client.json("/users/4").status == 503)
    #expect(try client.json("/users/3").value["degraded"] == .string("store_unavailable"))
    #expect(api.metrics.storeErrors.value >= 1)
    #expect(try client.json("/health").status == 200)

    try redis.start()
    try recovered(client, known)
    #expect(try client.recommend(known).itemIDs == before.itemIDs)
  }

  /// Every worker has a connection of its own that comes back by itself: waits until some answers in a row are whole.
  private func recovered(_ client: TestClient, _ question: String) throws {
    let end = Date().addingTimeInterval(Double(RawClient.patience))
    var whole = 0
    while whole < 10, Date() < end {
      whole = try client.recommend(question).degraded == nil ? whole + 1 : 0
      usleep(20_000)
    }
    #expect(whole == 10)
  }

  @Test func aRedisThatHangsDelaysOneWorkerNotAll() throws {
    let folder = try TemporaryFolder()
    let redis = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try redis.start()
    defer { redis.stop() }
    var configuration = redis.configuration
    configuration.commandTimeoutMs = 150
    let world = try World(events: 200, stores: { [configuration] in RedisStore(configuration) })
    let api = try TestAPI(world)
    let clients = try (0..<4).map { _ in try api.client() }
    let known = #"{"user_id": 3, "k": 5}"#
    let before = try clients[0].recommend(known)
    let pid = try #require(redis.processID)
    kill(pid, SIGSTOP)
    defer { kill(pid, SIGCONT) }
    for round in 0..<40 {
      let answer = try clients[round % 4].recommend(known)
      #expect(answer.status == 200 && answer.degraded == "store_unavailable")
      #expect(answer.itemIDs == before.itemIDs)
    }
    // Asked for at intervals, not by every request.
    #expect(api.metrics.storeErrors.value < 40)
    kill(pid, SIGCONT)
    try recovered(clients[0], known)
  }
}
