import Events
import Identity
import JSON
import Testing

@Suite struct EncoderTests {
  let decoder: EventDecoder

  init() throws { decoder = EventDecoder(rules: try standardRules()) }

  private func randomID(_ random: inout SeededGenerator) -> EntityID {
    if Bool.random(using: &random) { return EntityID(Int64.random(in: .min ... .max, using: &random)) }
    return EntityID(randomText(&random))
  }

  private func randomText(_ random: inout SeededGenerator) -> String {
    let scalars = (0..<Int.random(in: 1..<40, using: &random)).compactMap { _ in
      Unicode.Scalar(UInt32.random(in: 0..<0x11000, using: &random))
    }
    return "x" + String(String.UnicodeScalarView(scalars))
  }

  private func randomEnvelope(_ random: inout SeededGenerator) -> EventEncoder.Envelope {
    EventEncoder.Envelope(
      eventID: Bool.random(using: &random) ? randomText(&random) : nil,
      timeMs: Bool.random(using: &random) ? Int64.random(in: 0...brokerMs, using: &random) : nil,
      session: Bool.random(using: &random) ? randomText(&random) : nil,
      context: Bool.random(using: &random) ? ["a\"": .string("b\n"), "c": .number(1.5), "d": .null] : [:])
  }

  private func check(_ event: EventFacts, _ envelope: EventEncoder.Envelope) {
    #expect(event.eventID == envelope.eventID && event.session == envelope.session)
    #expect(event.timeMs == envelope.timeMs ?? brokerMs && event.hasOwnTime == (envelope.timeMs != nil))
    #expect(event.context.count == envelope.context.count)
  }

  @Test(arguments: 0..<200 as Range<UInt64>) func decodesWhatItEncodes(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    var encoder = EventEncoder()
    let (user, item) = (randomID(&random), randomID(&random))
    let envelope = randomEnvelope(&random)
    let value = Double.random(in: -1e9..<1e9, using: &random)
    let interaction = try decoder.verdict(
      encoder.interaction(type: "rating", user: user, item: item, value: value, modelVersion: "m", envelope)
    ).get()
    #expect(interaction.user == user.text && interaction.userForm == user.form && interaction.item == item.text)
    #expect(interaction.value == value && interaction.type == "rating" && interaction.modelVersion == "m")
    check(interaction, envelope)

    let shown = (0..<5).map { _ in randomID(&random) }
    let impression = try decoder.verdict(
      encoder.impression(user: user, items: shown, positions: [1, 2, 3, 5, 9], envelope)
    ).get()
    #expect(impression.shown.map(\.id) == shown.map(\.text) && impression.shown.map(\.position) == [1, 2, 3, 5, 9])
    check(impression, envelope)

    let attributes: [String: JSONValue] = ["a": .string("x\u{1}"), "b": .integer(3), "c": .boolean(true), "d": .null]
    let profile = try decoder.verdict(encoder.profile(user: user, attributes: attributes, envelope)).get()
    #expect(profile.attributes == ["a": .text("x\u{1}"), "b": .number(3), "c": .flag(true), "d": .null])
    check(profile, envelope)
    check(try decoder.verdict(encoder.erase(user: user, envelope)).get(), envelope)
  }

  @Test func writesItems() throws {
    var item = DecodedItem(id: EntityID("tt\"1"))
    var encoder = EventEncoder()
    let items = ItemDecoder()
    #expect(try encoder.item(item).withUnsafeBytes { try items.decode($0) } == item)
    item.title = "Amélie\n"
    item.genres = ["Comedy", "Romance"]
    item.year = 2001
    item.tags = ["paris"]
    item.price = 0.1
    item.isAvailable = false
    #expect(try encoder.item(item).withUnsafeBytes { try items.decode($0) } == item)
  }

  @Test(arguments: [
    #"{"type":"rating","user":"u","item":7,"value":4,"x":1,"context":{"a":true}}"#,
    #"{"type":"view","user":1,"item":"i","event_id":"own","timestamp":"2024-11-23T07:00:00Z","session":5}"#,
    #"{"type":"view","user":1,"item":"i","timestamp":1}"#,
    #"{"type":"impression","user":1,"items":["a",2],"positions":[4,5],"model_version":"m"}"#,
    #"{"type":"profile","user":1,"attributes":{"a":null,"b":2,"c":"x"}}"#, #"{"type":"erase","user":1}"#,
  ]) func forwardsWithItsTimeAndAnID(payload: String) throws {
    let original = try decoder.facts(payload)
    var encoder = EventEncoder()
    let forwarded = Array(payload.utf8).withUnsafeBytes { bytes in
      try? decoder.decode(bytes, brokerTimeMs: brokerMs)
      return encoder.forwarded(decoder.event, types: decoder.rules.types, eventID: "interactions-3-17")
    }
    let later = try decoder.verdict(forwarded, brokerTimeMs: brokerMs + 60_000).get()
    var expected = original
    expected.eventID = original.eventID ?? "interactions-3-17"
    expected.hasOwnTime = true
    #expect(later == expected)
  }
}
