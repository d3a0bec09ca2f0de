/// Seeded mutants of events: about half of them are still valid.
struct EventMutator {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed) }

  private static let corpus: [[UInt8]] = [
    #"{"type":"view","user":42,"item":7}"#,
    #"{"event_id":"0f8fad5b-d9cb-469f-a165-70867728950e","type":"rating","user":"u-17","item":"tt0133093","value":4.5,"timestamp":1732348799123}"#,
    #"{"type":"purchase","user_id":"Zoë","item_id":-12,"value":19.99,"timestamp":1732348799,"session":"s1","context":{"device":"ios","page":3}}"#,
    #"{ "x" : [1, {"a": [null, true, false]}], "type" : "click" , "user" : "a\"b\\c\/\u00e9", "item" : "\ud83d\ude00" }"#,
    #"{"type":"like","user":"天空の城ラピュタ","item":"x","timestamp":"2024-11-23T08:15:30.123+01:00","y":{"k":1e3,"l":-0.5E-2}}"#,
    #"{"type":"impression","user":1,"items":[5,"b","c\n",9007199254740993],"positions":[1,2,3,4],"model_version":"ranker-12"}"#,
    #"{"type":"impression","user":"u","items":["a"],"session":5,"context":{"q":null,"n":1.5,"t":true,"s":""}}"#,
    #"{"type":"profile","user":1,"attributes":{"country":"de","age":31.5,"premium":false,"city":null}}"#,
    #"{"type":"erase","user":"gone","event_id":99,"timestamp":1.7323487e9}"#,
    #"{"type":"dislike","user":9223372036854775807,"item":-9223372036854775808,"value":0.1e1,"z":"long text without any escape at all"}"#,
    #"{"type":"skip","user":1,"item":2,"value":null,"context":null,"timestamp":null,"deep":[[[[[[[1]]]]]]]}"#,
    #"{"type":"add_to_cart","user":"u","item":"i","timestamp":"1999-12-31T23:59:60Z","value":123456789012345678}"#,
  ].map { Array($0.utf8) }

  private static let tokens: [[UInt8]] =
    [
      "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "-", "-0", "+", ".", "e", "E5", "e-9", "\\u0041", "\\ud83d",
      "\\ude00", "\\ud83d\\ude00", "\\n", "\\x", "null", "true", "false", "nul", " ", "\n", "\t", "\u{0}", "\u{1F}",
      "é",
      "語", "😀", "\"user\":1,", "\"user_id\":2,", "\"item\":\"q\",", "\"type\":\"view\",", "\"value\":5,", "\"x\":1,",
      "\"x\":{\"x\":1,\"x\":2},", "\"timestamp\":1,", "\"timestamp\":99999999999999,", "\"items\":[1],", "[[[[[[[[",
      "]]]]]]]]", "9223372036854775808", "18446744073709551616", "1e400", "-1e-400", "0.599999999999999999999", "01",
      "impression", "profile", "erase", "rating", "/*", "\u{FEFF}", "\u{A0}", "\"\"", "\"a\":1", "{}", "[]",
    ].map { Array($0.utf8) } + [[0x80], [0xC0, 0x80], [0xE9], [0xED, 0xA0, 0x80], [0xF5, 0x80], [0xFF], [0xC3]]

  private mutating func pick(_ range: Range<Int>) -> Int { range.isEmpty ? 0 : Int.random(in: range, using: &random) }

  mutating func next() -> [UInt8] {
    var bytes = Self.corpus[pick(0..<Self.corpus.count)]
    for _ in 0..<[0, 1, 1, 1, 2, 4][pick(0..<6)] { mutate(&bytes) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let at = pick(0..<bytes.count + 1)
    switch pick(0..<9) {
    case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(pick(0..<8))
    case 1 where at < bytes.count: bytes[at] = UInt8(pick(0..<256))
    case 2 where at < bytes.count: bytes.remove(at: at)
    case 3: bytes.insert(contentsOf: Self.tokens[pick(0..<Self.tokens.count)], at: at)
    case 4: bytes.removeSubrange(at..<min(bytes.count, at + pick(0..<12)))
    case 5:
      let piece = Array(bytes[at..<min(bytes.count, at + pick(0..<40))])
      bytes.insert(contentsOf: piece, at: pick(0..<bytes.count + 1))
    case 6 where pick(0..<8) == 0: bytes.removeSubrange(at...)
    default: replaceToken(&bytes, near: at)
    }
  }

  /// Puts another token in the place of a whole value or name, which keeps more mutants valid.
  private mutating func replaceToken(_ bytes: inout [UInt8], near at: Int) {
    let isEdge: (UInt8) -> Bool = { [0x22, 0x2C, 0x3A, 0x5B, 0x5D, 0x7B, 0x7D].contains($0) }
    guard let start = bytes[at...].firstIndex(where: isEdge),
      let end = bytes[(start + 1)...].firstIndex(where: isEdge)
    else { return }
    let source = Self.corpus[pick(0..<Self.corpus.count)]
    let token =
      pick(0..<2) == 0
      ? Self.tokens[pick(0..<Self.tokens.count)]
      : source.split(whereSeparator: isEdge).randomElement(using: &random).map(Array.init) ?? []
    bytes.replaceSubrange(start + 1..<end, with: token)
  }
}
