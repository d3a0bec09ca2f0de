import Events
import Identity
import Testing

@Suite struct KindTests {
  let decoder: EventDecoder

  init() throws { decoder = EventDecoder(rules: try standardRules()) }

  @Test func readsImpressions() throws {
    let event = try decoder.facts(
      #"{"type":"impression","user":"u","items":[5,"b","c\n"],"positions":[1,2,7],"model_version":3,"session":"s"}"#)
    #expect(event.kind == .impression && event.type == nil && event.modelVersion == "3")
    #expect(event.shown.map(\.id) == ["5", "b", "c\n"])
    #expect(event.shown.map(\.form) == [.integer, .string, .string])
    #expect(event.shown.map(\.position) == [1, 2, 7])
  }

  @Test func positionsCountFromOneWhereAbsent() throws {
    let event = try decoder.facts(#"{"type":"impression","user":"u","items":["a","b","c"],"positions":null}"#)
    #expect(event.shown.map(\.position) == [1, 2, 3])
  }

  @Test func readsProfiles() throws {
    let event = try decoder.facts(
      #"{"type":"profile","user":1,"attributes":{"country":"de","age":31.5,"premium":false,"city":null}}"#)
    #expect(event.kind == .profile)
    #expect(
      event.attributes == ["country": .text("de"), "age": .number(31.5), "premium": .flag(false), "city": .null])
  }

  @Test func readsErasures() throws {
    let event = try decoder.facts(#"{"type":"erase","user":1,"timestamp":1732348799}"#)
    #expect(event.kind == .erase && event.user == "1" && event.timeMs == 1_732_348_799_000)
  }

  @Test func aDecoderForgetsTheEventBefore() throws {
    _ = try decoder.facts(
      #"{"type":"impression","user":"u","items":["a","b"],"positions":[3,4],"session":"s","context":{"a":1}}"#)
    let event = try decoder.facts(#"{"type":"view","user":"v","item":"x"}"#)
    #expect(event.shown.isEmpty && event.session == nil && event.context.isEmpty && event.modelVersion == nil)
    #expect(try decoder.facts(#"{"type":"impression","user":"u","items":["a","b"]}"#).shown.map(\.position) == [1, 2])
  }

  @Test(arguments: [
    (#"{"type":"erase","user":1,"item":2}"#, "item"), (#"{"type":"erase","user":1,"attributes":{}}"#, "attributes"),
    (#"{"type":"purchase","user":1,"item":2,"items":[2,3]}"#, "items"),
    (#"{"type":"impression","user":1,"items":[2],"item":2}"#, "item"),
    (#"{"type":"impression","user":1,"items":[2],"value":2}"#, "value"),
    (#"{"type":"profile","user":1,"attributes":{},"model_version":"m"}"#, "model_version"),
    (#"{"type":"view","user":1,"item":2,"positions":[1]}"#, "positions"),
  ]) func refusesFieldsOfOtherKinds(payload: String, field: String) {
    let fault = decoder.fault(payload)
    #expect(fault?.reason == .unexpectedField && fault?.field == field)
  }

  @Test func boundsLists() throws {
    func impression(_ count: Int, positions: Int? = nil) -> String {
      let ids = (0..<count).map(String.init).joined(separator: ",")
      let places = positions.map { #","positions":["# + (0..<$0).map { _ in "1" }.joined(separator: ",") + "]" } ?? ""
      return #"{"type":"impression","user":1,"items":["# + ids + "]" + places + "}"
    }
    #expect(try decoder.facts(impression(1_000, positions: 1_000)).shown.count == 1_000)
    let long = decoder.fault(impression(1_001))
    #expect(long?.reason == .tooManyElements && long?.field == "items[1000]")
    #expect(decoder.fault(impression(3, positions: 1_001))?.reason == .tooManyElements)
    #expect(decoder.fault(impression(3, positions: 2))?.reason == .inconsistent)
    #expect(decoder.fault(impression(0))?.reason == .emptyText)

    func profile(_ count: Int) -> String {
      let members = (0..<count).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
      return #"{"type":"profile","user":1,"attributes":{"# + members + "}}"
    }
    #expect(try decoder.facts(profile(32)).attributes.count == 32)
    #expect(decoder.fault(profile(33))?.reason == .tooManyKeys)
    #expect(decoder.fault(profile(33))?.field == "attributes.k32")
  }
}
