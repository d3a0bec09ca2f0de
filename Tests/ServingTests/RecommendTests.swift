import Foundation
import Identity
import JSON
import TestSupport
import Testing

@testable import Serving

@Suite struct RecommendTests {
  @Test func theAnswerHasTheFormOfTheContract() throws {
    let world = try World()
    let api = try TestAPI(world)
    let answer = try api.client().recommend(#"{"user_id": 7, "k": 5, "use_cache": true}"#)
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "application/json")
    #expect(answer["user_id"] == .integer(7))
    #expect(answer.list.count == 5)
    #expect(answer["cache_hit"] == .boolean(false))
    #expect(answer["latency_ms"]?.doubleValue ?? -1 >= 0)
    #expect(answer["n_candidates"]?.integerValue ?? 0 >= 5)
    let first = try #require(answer.list.first?.objectValue)
    #expect(Set(first.keys) == ["item_id", "title", "score", "rank", "retrieval_score", "genres"])
    #expect(answer.list.map { $0["rank"] } == (1...5).map { .integer($0) })
    let scores = answer.list.compactMap { $0["score"]?.doubleValue }
    #expect(scores == scores.sorted(by: >))
    let provenance = answer.provenance
    #expect(
      Set(try #require(provenance.objectValue).keys) == [
        "ranker", "towers", "index", "linear", "feature_schema", "sources", "user_last_event_age_ms", "user_events",
        "degraded",
      ])
    #expect(provenance["ranker"] == .string("ranker-2"))
    #expect(provenance["degraded"] == .null)
    #expect(provenance["user_events"] == .integer(Int64(world.eventCount(of: EntityID(7)))))
    #expect(provenance["user_last_event_age_ms"]?.integerValue ?? 0 > 0)
    #expect(provenance["sources"]?["co_all"]?.integerValue ?? 0 > 0)
    #expect(provenance["feature_schema"]?.stringValue?.count == 16)
    #expect(world.servedRows.withLock { $0.count } == 1)
  }

  @Test func idsComeBackInTheFormInWhichTheyCame() throws {
    let api = try TestAPI(World())
    let client = try api.client()
    #expect(try client.recommend(#"{"user_id": "7"}"#)["user_id"] == .string("7"))
    let answer = try client.recommend(#"{"user_id": 7, "k": 60}"#)
    #expect(answer["user_id"] == .integer(7))
    for id in answer.itemIDs {
      switch id {
      case .string(let text): #expect(text.hasPrefix("film-"))
      case .integer(let number): #expect(!number.isMultiple(of: 3))
      default: Issue.record("\(id) is no id")
      }
    }
    #expect(Set(answer.itemIDs.map(\.kind)).count == 2)
    #expect(try client.json("/recommend/7?k=3")["user_id"] == .integer(7))
    #expect(try client.json("/recommend/u%2F7")["user_id"] == .string("u/7"))
  }

  @Test func whatTheUserHasSeenIsNotShownUnlessAskedFor() throws {
    let world = try World()
    let client = try TestAPI(world).client()
    let seen = Set(world.history(of: EntityID(3)))
    func shown(_ body: String) throws -> Set<ItemKey> {
      Set(try client.recommend(body).itemIDs.map { ItemKey(EntityID($0.stringValue ?? "\($0.integerValue ?? -1)")) })
    }
    #expect(try shown(#"{"user_id": 3, "k": 100}"#).isDisjoint(with: seen))
    #expect(try !shown(#"{"user_id": 3, "k": 100, "include_seen": true}"#).isDisjoint(with: seen))
  }

  @Test func aListLongerThanTheCatalogueHoldsEveryUnseenItemOnce() throws {
    let world = try World(items: 12, events: 40)
    let answer = try TestAPI(world).client().recommend(#"{"user_id": 3, "k": 100, "include_seen": true}"#)
    #expect(answer.status == 200)
    #expect(answer.list.count <= 12)
    #expect(answer.list.count >= 6)
    #expect(Set(answer.list.compactMap { $0["title"]?.stringValue }).count == answer.list.count)
  }

  @Test func excludedItemsStayAwayInEitherForm() throws {
    let client = try TestAPI(World()).client()
    let before = try client.recommend(#"{"user_id": 3, "k": 4}"#).itemIDs
    let texts = before.map { $0.stringValue ?? "\($0.integerValue ?? 0)" }
    // Integers are named as strings: identity is the text.
    let body = #"{"user_id": 3, "k": 60, "exclude": ["\#(texts.joined(separator: "\", \""))", "nowhere", 99999]}"#
    let after = try client.recommend(body)
    #expect(after.status == 200)
    #expect(Set(after.itemIDs.map { "\($0)" }).isDisjoint(with: before.map { "\($0)" }))
  }

  @Test(arguments: [
    (#"{"genres": ["drama"]}"#, "genres"), (#"{"categories": ["WAR", "nothing"]}"#, "genres"),
    (#"{"min_year": 1980, "max_year": 1999}"#, "year"), (#"{"max_price": 30.5}"#, "price"),
    (#"{"available": true}"#, "none"), (#"{"genres": ["Comedy"], "min_year": 1970, "max_price": 50}"#, "all"),
  ]) func filtersHold(filter: String, kind: String) throws {
    let client = try TestAPI(World()).client()
    let answer = try client.recommend(#"{"user_id": 3, "k": 60, "filter": \#(filter)}"#)
    #expect(answer.status == 200)
    #expect(!answer.list.isEmpty)
    for entry in answer.list {
      let id = entry["item_id"]
      let item = try client.json("/items/\(id?.stringValue ?? "\(id?.integerValue ?? -1)")")
      let genres = item["genres"]?.arrayValue ?? []
      let year = item["year"]?.integerValue
      let price = item["price"]?.doubleValue
      switch kind {
      case "genres": #expect(genres.contains(.string("Drama")))
      case "year": #expect((1980...1999).contains(year ?? 0))
      case "price": #expect(price ?? 99 <= 30.5)
      case "all": #expect(genres == [.string("Comedy")] && year ?? 0 >= 1970 && price ?? 99 <= 50)
      default: break
      }
    }
  }

  @Test func aFilterThatLeavesNothingIsAnEmptyListAndSaysSo() throws {
    let answer = try TestAPI(World()).client().recommend(#"{"user_id": 3, "filter": {"genres": ["Opera"]}}"#)
    #expect(answer.status == 200)
    #expect(answer.list.isEmpty)
    #expect(answer["n_candidates"] == .integer(0))
    #expect(answer.degraded == "no_candidates")
  }

  @Test(arguments: [
    (#"{"user_id": 1, "usecache": true}"#, "usecache", "use_cache"),
    (#"{"user": 1}"#, "user", "user_id"),
    (#"{"user_id": 1, "filter": {"genre": []}}"#, "filter.genre", "filter.genres"),
    (#"{"k": 3}"#, "user_id", "missing"),
    (#"{"user_id": null}"#, "user_id", "missing"),
    (#"{"user_id": ""}"#, "user_id", "bytes"),
    (#"{"user_id": 1.5}"#, "user_id", "integer"),
    (#"{"user_id": 123456789012345678901234567890}"#, "user_id", "64 bits"),
    (#"{"user_id": [1]}"#, "user_id", "an array"),
    (#"{"user_id": 1, "k": 0}"#, "k", "1 to 100"),
    (#"{"user_id": 1, "k": 101}"#, "k", "101"),
    (#"{"user_id": 1, "k": "20"}"#, "k", "a string"),
    (#"{"user_id": 1, "k": 1e300}"#, "k", "a number"),
    (#"{"user_id": 1, "use_cache": 1}"#, "use_cache", "true or false"),
    (#"{"user_id": 1, "exclude": 4}"#, "exclude", "an array"),
    (#"{"user_id": 1, "exclude": [true]}"#, "exclude", "a boolean"),
    (#"{"user_id": 1, "filter": []}"#, "filter", "an array"),
    (#"{"user_id": 1, "filter": {"min_year": 2000, "max_year": 1990}}"#, "filter.min_year", "after"),
    (#"{"user_id": 1, "filter": {"max_price": -1}}"#, "filter.max_price", "number"),
    (#"{"user_id": 1, "filter": {"available": false}}"#, "filter.available", "never"),
    (#"{"user_id": 1, "filter": {"genres": [1]}}"#, "filter.genres", "strings"),
  ]) func aBadFieldIsNamedAndTheRemedyGiven(body: String, field: String, hint: String) throws {
    let answer = try TestAPI(World(items: 9, events: 9)).client().recommend(body)
    #expect(answer.status == 400)
    #expect(answer.field == field)
    #expect(answer.message.contains(hint), "\(answer.message)")
  }

  @Test(arguments: [
    "", "{", "nonsense", "[1]", "42", #"{"user_id": NaN}"#, #"{"user_id": 1, "k": Infinity}"#, #"{"user_id": 1}}"#,
    #"{"user_id": 1, "user_id": 2}"#, "{\"user_id\": \"\u{1}\"}", String(repeating: "[", count: 5_000),
  ]) func whatIsNotAJSONObjectIsRefused(body: String) throws {
    let client = try TestAPI(World(items: 9, events: 9)).client()
    let answer = try client.recommend(body)
    #expect(answer.status == 400)
    #expect(!answer.message.isEmpty)
    #expect(try client.recommend(#"{"user_id": 1}"#).status == 200)
  }

  /// Bytes of a good body changed, removed and inserted at random: an answer each time, and never a 5xx.
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func noBodyIsAnErrorOfOurs(seed: UInt64) throws {
    let client = try TestAPI(World(items: 9, events: 30)).client()
    let good = Array(#"{"user_id": 7, "k": 5, "exclude": [1, "a"], "filter": {"genres": ["é"], "max_price": 3}}"#.utf8)
    let brackets = Array("{}[]\",:\\0-e".utf8)
    var random = Hash64.mix(seed)
    func below(_ bound: Int) -> Int {
      random = Hash64.mix(random)
      return Int(random % UInt64(bound))
    }
    for step in 0..<150 {
      var body = good
      for _ in 0...below(3) {
        let place = below(body.count)
        switch below(3) {
        case 0: body[place] = UInt8(below(256))
        case 1: body.remove(at: place)
        default: body.insert(brackets[below(brackets.count)], at: place)
        }
      }
      let answer = try JSONAnswer(client.post("/recommend", body))
      #expect([200, 400].contains(answer.status), "seed \(seed), step \(step)")
    }
  }

  @Test func tooLargeIsSaidBeforeItIsRead() throws {
    let api = try TestAPI(World(items: 9, events: 9))
    let body = #"{"user_id": ""# + String(repeating: "x", count: 70_000) + #""}"#
    #expect(try api.client().post("/recommend", body).status == 413)
    let many = (0...1_000).map(String.init).joined(separator: ",")
    #expect(try api.client().recommend(#"{"user_id": 1, "exclude": [\#(many)]}"#).field == "exclude")
    let long = String(repeating: "y", count: 257)
    #expect(try api.client().recommend(#"{"user_id": "\#(long)"}"#).field == "user_id")
  }

  @Test(arguments: [
    ("/recommend/1?k=0", "k"), ("/recommend/1?kk=3", "kk"), ("/recommend/1?k=3&k=4", "k"),
    ("/recommend/1?use_cache=perhaps", "use_cache"),
  ]) func aBadParameterIsNamed(path: String, field: String) throws {
    let answer = try TestAPI(World(items: 9, events: 9)).client().json(path)
    #expect(answer.status == 400)
    #expect(answer.field == field)
  }

  @Test func otherPathsAndMethodsAreAnswered() throws {
    let client = try TestAPI(World(items: 9, events: 9)).client()
    #expect(try client.json("/nothing").status == 404)
    #expect(try client.json("/recommend").status == 405)
    #expect(try client.json("/items/").status == 404)
  }
}
