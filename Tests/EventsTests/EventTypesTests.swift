import Events
import Testing

@Suite struct EventTypesTests {
  @Test func theStandardTypesComeFirst() throws {
    let types = try EventTypes(weights: ["view": 0.2, "rating": 1, "dislike": -1, "watch_trailer": 0.1])
    #expect(types.names == ["rating", "view", "dislike", "watch_trailer"])
    #expect(types.names.indices.map { types.code(of: types.names[$0]) } == [0, 1, 2, 3])
    #expect(types.weight(of: 2) == -1 && types.weight(of: 1) == 0.2)
    #expect(types.isRating(0) && !types.isRating(1))
    #expect(types.code(of: "impression") == nil && types.code(of: "") == nil && types.code(of: "View") == nil)
  }

  @Test func aFurtherTypeLeavesTheCodesOfStoredHistories() throws {
    let standard = ["view": 0.2, "rating": 1, "dislike": -1, "like": 1.0]
    let before = try EventTypes(weights: standard)
    let after = try EventTypes(
      weights: standard.merging(["a_first_one": 0.1, "zz_last_one": 0.2]) { first, _ in first })
    for name in standard.keys { #expect(before.code(of: name) == after.code(of: name), "\(name)") }
    #expect(after.names.suffix(2) == ["a_first_one", "zz_last_one"])
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
