import Events
import Identity
import Testing

@Suite struct InteractionTests {
  let decoder: EventDecoder

  init() throws { decoder = EventDecoder(rules: try standardRules()) }

  @Test func readsEveryField() throws {
    let event = try decoder.facts(
      #"{"type":"rating","user":42,"item":"tt0133093","value":4.5,"event_id":"e-1","timestamp":1732348799123,"#
        + #""session":"s1","context":{"device":"ios","page":3,"is_new":true,"ref":null},"model_version":"m7"}"#)
    var expected = EventFacts()
    (expected.user, expected.userForm) = ("42", .integer)
    expected.item = "tt0133093"
    expected.type = "rating"
    expected.value = 4.5
    expected.eventID = "e-1"
    (expected.timeMs, expected.hasOwnTime) = (1_732_348_799_123, true)
    (expected.session, expected.modelVersion) = ("s1", "m7")
    expected.context = ["device": .text("ios"), "page": .number(3), "is_new": .flag(true), "ref": .null]
    #expect(event == expected)
  }

  @Test func skipsUnknownFieldsAndBlanks() throws {
    let event = try decoder.facts(
      " \r\n\t{ \"x\" : [1, {\"a\": [null, 1e400]}, \"\\u00e9\"], \"type\" : \"view\" , \"user\" : \"u\", \"item\" : 7 } \n"
    )
    #expect(event.user == "u" && event.item == "7" && event.itemForm == .integer)
    #expect(event.timeMs == brokerMs && !event.hasOwnTime)
  }

  @Test func nullIsAbsent() throws {
    let event = try decoder.facts(
      #"{"type":"view","user":1,"item":2,"value":null,"event_id":null,"timestamp":null,"session":null,"context":null,"#
        + #""items":null,"positions":null,"attributes":null,"model_version":null}"#)
    #expect(event.value == nil && event.eventID == nil && event.session == nil && !event.hasOwnTime)
    #expect(decoder.fault(#"{"type":"view","user":null,"item":2}"#)?.reason == .missing)
  }

  @Test func takesAliasesButNotBoth() throws {
    let event = try decoder.facts(#"{"type":"view","user_id":1,"item_id":"b"}"#)
    #expect(event.user == "1" && event.item == "b")
    for both in [
      #"{"type":"view","user":1,"user_id":1,"item":2}"#, #"{"type":"view","user":1,"item_id":2,"item":2}"#,
    ] {
      #expect(decoder.fault(both)?.reason == .duplicateKey)
    }
  }

  @Test func unescapesStringsAndKeys() throws {
    let event = try decoder.facts(
      #"{"type":"v\u0069ew","us\u0065r":"a\n\u00e9\ud83d\ude00\"\/\\","item":"天空の城ラピュタ and more"}"#)
    #expect(event.user == "a\né😀\"/\\")
    #expect(event.item == "天空の城ラピュタ and more")
  }

  @Test func stringAndIntegerNameTheSameEntity() throws {
    for payload in [#"{"type":"view","user":"42","item":1}"#, #"{"type":"view","user":42,"item":1}"#] {
      let bytes = Array(payload.utf8)
      try bytes.withUnsafeBytes { bytes in
        try decoder.decode(bytes, brokerTimeMs: brokerMs)
        let user = decoder.event.user
        #expect(user.entityID == EntityID("42") && user.hash64 == EntityID(42).hash64)
        #expect(ItemKey(rawValue: decoder.event.item.hash64) == ItemKey(EntityID(1)))
      }
    }
  }

  @Test(arguments: [
    ("1732348799123", 1_732_348_799_123), ("1732348799", 1_732_348_799_000), ("0", 0), ("1", 1_000),
    ("99999999999", -1), ("100000000000", 100_000_000_000), ("1732348799.1236", 1_732_348_799_124),
    ("1.732348799e9", 1_732_348_799_000), ("1.732348799123e12", 1_732_348_799_123),
    ("\"2024-11-23T08:00:00Z\"", 1_732_348_800_000), ("\"2024-11-23T09:30:00.1299+01:30\"", 1_732_348_800_129),
    ("\"2024-11-22t23:00:00-09:00\"", 1_732_348_800_000), ("\"1970-01-01 00:00:00z\"", 0),
    ("\"2000-02-29T12:00:00Z\"", 951_825_600_000), ("\"2016-12-31T23:59:60Z\"", 1_483_228_800_000),
    ("null", brokerMs),
  ]) func readsTimes(text: String, expected: Int64) throws {
    let payload = #"{"type":"view","user":1,"item":2,"timestamp":"# + text + "}"
    if expected < 0 {
      #expect(decoder.fault(payload)?.reason == .timeInFuture)
    } else {
      #expect(try decoder.facts(payload).timeMs == expected)
    }
  }

  @Test(arguments: [
    "\"2024-11-23\"", "\"2024-11-23T08:00:00\"", "\"2023-02-29T00:00:00Z\"", "\"2100-02-29T00:00:00Z\"",
    "\"2024-13-01T00:00:00Z\"", "\"2024-00-01T00:00:00Z\"", "\"2024-04-31T00:00:00Z\"", "\"2024-11-23T24:00:00Z\"",
    "\"2024-11-23T08:60:00Z\"", "\"2024-11-23T08:00:61Z\"", "\"2024-11-23T08:00:00.Z\"",
    "\"2024-11-23T08:00:00+24:00\"", "\"2024-11-23T08:00:00Zx\"", "\"1732348799123\"", "\"now\"",
  ]) func refusesTextThatIsNoTime(text: String) {
    let fault = decoder.fault(#"{"type":"view","user":1,"item":2,"timestamp":"# + text + "}")
    #expect(fault?.reason == .badTime && fault?.field == "timestamp")
  }

  @Test func holdsTimesAgainst1970AndTheBroker() throws {
    func event(_ time: String) -> String { #"{"type":"view","user":1,"item":2,"timestamp":"# + time + "}" }
    for early in ["-1", "-0.0001", "\"1969-12-31T23:59:59Z\"", "-9223372036854775808", "-1e17"] {
      let fault = decoder.fault(event(early))
      #expect(fault?.reason == .timeBefore1970 && fault?.field == "timestamp", "\(early)")
    }
    #expect(try decoder.facts(event("\(brokerMs + 3_600_000)")).timeMs == brokerMs + 3_600_000)
    for late in ["\(brokerMs + 3_600_001)", "9223372036854775807", "\"9999-12-31T23:59:59Z\"", "9e17"] {
      #expect(decoder.fault(event(late))?.reason == .timeInFuture, "\(late)")
    }
    #expect(decoder.fault(event("9223372036854775808"))?.reason == .outOfRange)
    #expect(decoder.fault(event("1e300"))?.reason == .outOfRange)
  }

  @Test(arguments: [
    ("0", 0.0), ("-0", -0.0), ("4.5", 4.5), ("1e2", 100), ("123456789012345678901234567890", 1.2345678901234568e29),
    ("0.599999999999999999999", 0.6), ("1e-400", 0), ("-1E-400", -0.0),
    ("1.7976931348623157e308", 1.7976931348623157e308),
    ("0.1e1", 1), ("5e-324", .leastNonzeroMagnitude), ("2.2250738585072014e-308", .leastNormalMagnitude),
    ("0.0000000000000000000000000000000000000001e40", 1),
  ]) func readsNumbersToTheLastBit(text: String, expected: Double) throws {
    let value = try decoder.facts(#"{"type":"rating","user":1,"item":2,"value":"# + text + "}").value
    #expect(value?.bitPattern == expected.bitPattern)
  }

  @Test func refusesNumbersTooLarge() {
    for text in ["1e309", "-1e999", "1" + String(repeating: "0", count: 309), "1" + String(repeating: "0", count: 400)]
    {
      let fault = decoder.fault(#"{"type":"rating","user":1,"item":2,"value":"# + text + "}")
      #expect(fault?.reason == .outOfRange && fault?.field == "value", "\(text)")
    }
  }
}
