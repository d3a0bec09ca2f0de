import Events
import Testing

@Suite struct EventTypesTests {
  @Test func codesFollowTheNames() throws {
    let types = try EventTypes(weights: ["view": 0.2, "rating": 1, "dislike": -1, "watch_trailer": 0.1])
    #expect(types.names == ["dislike", "rating", "view", "watch_trailer"])
    #expect(types.names.indices.map { types.code(of: types.names[$0]) } == [0, 1, 2, 3])
    #expect(types.weight(of: 0) == -1 && types.weight(of: 2) == 0.2)
    #expect(types.isRating(1) && !types.isRating(0))
    #expect(types.code(of: "impression") == nil && types.code(of: "") == nil && types.code(of: "View") == nil)
  }

  @Test func takesSixtyFourTypes() throws {
    func weights(_ count: Int) -> [String: Double] {
      Dictionary(uniqueKeysWithValues: (0..<count).map { ("type\($0)", Double($0) / 100) })
    }
    let types = try EventTypes(weights: weights(64))
    #expect((0..<64).allSatisfy { types.code(of: "type\($0)").map { types.weight(of: $0) } == Double($0) / 100 })
    #expect(throws: EventTypesError.self) { try EventTypes(weights: weights(65)) }
  }

  @Test(
    arguments: [
      [:], ["view": 1.5], ["view": -1.01], ["view": .nan], ["": 1], ["erase": 1], ["impression": 0], ["profile": 0],
      [String(repeating: "x", count: 65): 1],
    ] as [[String: Double]]) func refusesBadTables(weights: [String: Double])
  {
    #expect { try EventTypes(weights: weights) } throws: { "\($0)".contains("events.weights") }
  }
}
