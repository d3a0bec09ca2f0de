import Events
import Testing

@Suite struct RefusalTests {
  let decoder: EventDecoder

  init() throws { decoder = EventDecoder(rules: try standardRules()) }

  private static let good = #"{"type":"view","user":1,"item":2"#

  @Test(arguments: [
    "{", #"{"type""#, #"{"type":"#, good, good + ",}", good + #","x"}"#, good + #","x":}"#, good + #" "x":1}"#,
    good + #","x":01}"#, good + #","x":1.}"#, good + #","x":1.e5}"#, good + #","x":-}"#, good + #","x":+1}"#,
    good + #","x":.5}"#, good + #","x":1e}"#, good + #","x":1e+}"#, good + #","x":nul}"#, good + #","x":nulL}"#,
    good + #","x":tru}"#, good + #","x":True}"#, good + #","x":NaN}"#, good + #","x":Infinity}"#,
    good + #","x":[1 2]}"#,
    good + #","x":[1,]}"#, good + #","x":[,1]}"#, good + #","x":[1}"#, good + #","x":{1:2}}"#, good + #","x":{"a" 1}}"#,
    good + #","x":"\x"}"#, good + #","x":"\u12"}"#, good + #","x":"\ud800"}"#, good + #","x":"\udc00"}"#,
    good + #","x":"\ud800\u0041"}"#, good + #","x":"\u00g0"}"#, good + ",\"x\":\"a\tb\"}", good + ",\"x\":\"a\u{0}b\"}",
    good + ",\"x\":\"a\u{1F}bcdefgh\"}", good + #","x":"abc}"#, good + #",'x':1}"#, good + #",x:1}"#, good + "]",
    good + "\u{A0}}", good + ",\u{FEFF}\"x\":1}", "{,}", good + #","x":-01}"#, good + #",/* c */"x":1}"#,
    good + #","x":{"a":1,}}"#, good + #","x":"device":"ios"}"#,
  ]) func refusesWhatIsNotJSON(payload: String) {
    #expect(decoder.fault(payload)?.reason == .syntax)
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
      [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xF0, 0x9F, 0x98],
      [0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0xE9],
    ] as [[UInt8]]) func refusesBadUTF8Everywhere(bytes: [UInt8])
  {
    let head = Array(Self.good.utf8)
    let inValue = head + Array(",\"x\":\"".utf8) + bytes + Array("\"}".utf8)
    let inKey = head + Array(",\"".utf8) + bytes + Array("\":1}".utf8)
    let inUser = Array("{\"user\":\"".utf8) + bytes + Array("\",\"type\":\"view\",\"item\":2}".utf8)
    for payload in [inValue, inKey, inUser] { #expect(decoder.fault(payload)?.reason == .badUTF8) }
    #expect(decoder.fault(inUser)?.field == "user")
  }

  @Test(arguments: [
    ("", EventFault.Reason.emptyPayload, nil), (" \n", .emptyPayload, nil), ("[]", .notObject, nil),
    ("\"a\"", .notObject, nil), ("\u{FEFF}{}", .notObject, nil), ("{}", .missing, "type"),
    (good + "}{}", .trailingText, nil), (good + "}}", .trailingText, nil), (good + "} x", .trailingText, nil),
    (good + "}\u{0}", .trailingText, nil),
    (good + #","user":3}"#, .duplicateKey, "user"), (good + #","x":1,"x":2}"#, .duplicateKey, "x"),
    (good + #","x":1,"\u0078":2}"#, .duplicateKey, "x"), (good + #","x":{"a":1,"a":2}}"#, .duplicateKey, "x"),
    (good + #","context":{"a":1,"a":2}}"#, .duplicateKey, "context.a"),
    (good + #","value":1,"value":1}"#, .duplicateKey, "value"),
    (#"{"type":"view","user":"","item":2}"#, .emptyText, "user"),
    (#"{"type":"view","user":1,"item":""}"#, .emptyText, "item"),
    (good + #","event_id":""}"#, .emptyText, "event_id"), (good + #","session":""}"#, .emptyText, "session"),
    (good + #","context":{"":1}}"#, .emptyText, "context"),
    (#"{"type":"view","user":1.5,"item":2}"#, .wrongType, "user"),
    (#"{"type":"view","user":-0,"item":2}"#, .wrongType, "user"),
    (#"{"type":"view","user":1,"item":true}"#, .wrongType, "item"),
    (#"{"type":"view","user":1,"item":[2]}"#, .wrongType, "item"),
    (#"{"type":"view","user":1,"item":{}}"#, .wrongType, "item"),
    (#"{"type":"view","user":1,"item":1e3}"#, .wrongType, "item"),
    (#"{"type":"view","user":9223372036854775808,"item":2}"#, .outOfRange, "user"),
    (#"{"type":"view","user":-9223372036854775809,"item":2}"#, .outOfRange, "user"),
    (#"{"type":"view","user":1,"item":99999999999999999999}"#, .outOfRange, "item"),
    (#"{"type":5,"user":1,"item":2}"#, .wrongType, "type"), (#"{"type":"","user":1,"item":2}"#, .emptyText, "type"),
    (good + #","value":"4"}"#, .wrongType, "value"), (good + #","value":true}"#, .wrongType, "value"),
    (good + #","timestamp":true}"#, .wrongType, "timestamp"), (good + #","timestamp":{}}"#, .wrongType, "timestamp"),
    (good + #","session":[]}"#, .wrongType, "session"), (good + #","context":"x"}"#, .wrongType, "context"),
    (good + #","context":{"a":[1]}}"#, .wrongType, "context.a"),
    (good + #","context":{"a":1e999}}"#, .outOfRange, "context.a"),
    (#"{"type":"view","item":2}"#, .missing, "user"), (#"{"type":"view","user":1}"#, .missing, "item"),
    (#"{"user":1,"item":2}"#, .missing, "type"), (#"{"type":"rating","user":1,"item":2}"#, .missing, "value"),
    (#"{"type":"impression","user":1}"#, .missing, "items"), (#"{"type":"profile","user":1}"#, .missing, "attributes"),
    (#"{"type":"impression","user":1,"items":3}"#, .wrongType, "items"),
    (#"{"type":"impression","user":1,"items":[1,null]}"#, .wrongType, "items[1]"),
    (#"{"type":"impression","user":1,"items":[1,""]}"#, .emptyText, "items[1]"),
    (#"{"type":"impression","user":1,"items":[1],"positions":[0]}"#, .outOfRange, "positions[0]"),
    (#"{"type":"impression","user":1,"items":[1],"positions":[65536]}"#, .outOfRange, "positions[0]"),
    (#"{"type":"impression","user":1,"items":[1],"positions":[1.0]}"#, .wrongType, "positions[0]"),
    (#"{"type":"impression","user":1,"items":[1],"positions":"1"}"#, .wrongType, "positions"),
    (#"{"type":"profile","user":1,"attributes":[1]}"#, .wrongType, "attributes"),
    (#"{"type":"profile","user":1,"attributes":{"a":{}}}"#, .wrongType, "attributes.a"),
  ]) func namesReasonAndField(payload: String, reason: EventFault.Reason, field: String?) {
    let fault = decoder.fault(payload)
    #expect(fault?.reason == reason && fault?.field == field, "\(fault?.description ?? "accepted")")
  }

  @Test func boundsDepth() throws {
    func nested(_ depth: Int, _ open: String, _ close: String) -> String {
      Self.good + #","x":"# + String(repeating: open, count: depth - 1) + "1"
        + String(repeating: close, count: depth - 1) + "}"
    }
    for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
      #expect(decoder.fault(nested(8, open, close)) == nil)
      let fault = decoder.fault(nested(9, open, close))
      #expect(fault?.reason == .tooDeep && fault?.field == "x")
      #expect(decoder.fault(Self.good + #","x":"# + String(repeating: open, count: 10_000))?.reason == .tooDeep)
    }
  }

  @Test func boundsKeysTextsAndPayloads() throws {
    func padded(_ count: Int) -> String { Self.good + #","x":""# + String(repeating: "a", count: count) + "\"}" }
    let frame = padded(0).utf8.count
    #expect(decoder.fault(padded(65_536 - frame)) == nil)
    #expect(decoder.fault(padded(65_537 - frame))?.reason == .payloadTooLarge)

    func keys(_ count: Int) -> String { Self.good + (0..<count).map { ",\"k\($0)\":0" }.joined() + "}" }
    #expect(decoder.fault(keys(64)) == nil)
    #expect(decoder.fault(keys(65))?.reason == .tooManyKeys)

    func user(_ id: String) -> String { #"{"type":"view","item":2,"user":""# + id + "\"}" }
    #expect(try decoder.facts(user(String(repeating: "é", count: 128))).user.utf8.count == 256)
    #expect(decoder.fault(user(String(repeating: "é", count: 128) + "a"))?.reason == .tooLong)
    #expect(try decoder.facts(user(String(repeating: #"\u00e9"#, count: 128))).user.utf8.count == 256)

    func profile(_ name: Int, _ text: Int) -> String {
      #"{"type":"profile","user":1,"attributes":{""# + String(repeating: "n", count: name) + #"":""#
        + String(repeating: "t", count: text) + "\"}}"
    }
    #expect(decoder.fault(profile(64, 64)) == nil)
    #expect(decoder.fault(profile(65, 64))?.reason == .tooLong)
    #expect(decoder.fault(profile(64, 65))?.reason == .tooLong)
    let context = #","context":{"a":""#
    #expect(decoder.fault(Self.good + context + String(repeating: "t", count: 256) + "\"}}") == nil)
    #expect(decoder.fault(Self.good + context + String(repeating: "t", count: 257) + "\"}}")?.field == "context.a")
  }

  @Test func saysHowToMendIt() throws {
    let type = try #require(decoder.fault(#"{"type":"purchse","user":1,"item":2}"#))
    #expect(type.reason == .unknownType && type.field == "type" && type.offset == 8)
    #expect(type.message.contains("did you mean `purchase`?") && type.message.contains("events.weights.purchse"))
    let far = try #require(decoder.fault(#"{"type":"subscribe","user":1,"item":2}"#))
    #expect(!far.message.contains("did you mean") && far.message.contains("events.weights.subscribe"))
    let key = try #require(decoder.fault(Self.good + #","x":[1 2]}"#))
    #expect(key.message.contains("`2`") && key.offset == Self.good.utf8.count + 8)
    let future = try #require(decoder.fault(Self.good + #","timestamp":9999999999}"#))
    #expect(future.message.contains("events.future-tolerance"))
    let alias = try #require(decoder.fault(#"{"type":"view","user":1,"user_id":1,"item":2}"#))
    #expect(alias.field == "user_id" && alias.message.contains("alias"))
  }
}
