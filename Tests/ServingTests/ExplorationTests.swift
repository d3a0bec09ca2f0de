import Identity
import JSON
import State
import TestSupport
import Testing

@testable import Serving

/// New items through the API.
@Suite struct ExplorationTests {
  /// The world after thirty items more, which no event has named.
  private func world() throws -> World {
    let world = try World()
    for item in 60..<90 { world.items.describe(World.item(item), World.metadata(item)) }
    world.items.publishCatalogue()
    try world.refit()
    return world
  }

  @Test func aPlaceThatWasExploredSaysSoAndWithWhatChance() throws {
    let api = try TestAPI(try world()) { $0.exploration = 0.5 }
    let client = try api.client()
    var explored = 0
    for user in 1...20 {
      let answer = try client.recommend(#"{"user_id": \#(user), "k": 5, "use_cache": false}"#)
      #expect(answer.status == 200)
      #expect(answer.list.count == 5)
      #expect(answer.list.dropLast().allSatisfy { $0["source"] == nil && $0["propensity"] == nil })
      #expect(answer.provenance["sources"]?["cold"]?.integerValue ?? 0 > 0)
      guard let last = answer.list.last, let propensity = last["propensity"]?.doubleValue else { continue }
      explored += 1
      #expect(last["source"] == .string("exploration"))
      #expect(propensity > 0 && propensity <= 0.5)
      #expect(answer.provenance["sources"]?["exploration"] == .integer(1))
      let again = try client.recommend(#"{"user_id": \#(user), "k": 5, "use_cache": false}"#)
      // But for an hour's turn in between.
      if again.list.last?["propensity"] != nil { #expect(again.list.last?["item_id"] == last["item_id"]) }
    }
    // Fewer than one or more than 19 of 20 draws of a half: one run in 10^5.
    #expect((1...19).contains(explored), "\(explored) of 20")
  }

  @Test func nothingIsTriedByDefault() throws {
    let api = try TestAPI(try world())
    let client = try api.client()
    for user in 1...20 {
      let answer = try client.recommend(#"{"user_id": \#(user), "k": 5, "use_cache": false}"#)
      #expect(answer.list.allSatisfy { $0["source"] == nil && $0["propensity"] == nil })
    }
  }
}
