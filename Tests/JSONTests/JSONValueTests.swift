import Foundation
import JSON
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "01", "1.", "1.e5", "-", "+1", ".5", "nul", "tru", "[1 2]",
    "\"\u{1}\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "{\"a\":1,\"a\":2}",
    "{1:2}", "1 2", "1e999", "\"abc", "[", "}", "\u{FEFF}1",
  ]) func refusesWhatIsNotJSON(text: String) {
    #expect(throws: JSONError.self) { try JSONValue.parse(text) }
  }

  @Test func refusesBadUTF8AndDepth() {
    #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xC0, 0x80, 0x22]) }
    #expect(throws: JSONError.self) { try JSONValue.parse(String(repeating: "[", count: 100)) }
  }

  @Test func keepsIntegersApartFromNumbers() throws {
    let value = try JSONValue.parse(
      #"{"a": 9223372036854775807, "b": 1.0, "c": [true, null, "x\n\u00e9\ud83d\ude00"]}"#)
    #expect(value["a"] == .integer(.max))
    #expect(value["b"] == .number(1))
    #expect(value["c"]?.arrayValue?.last?.stringValue == "x\né😀")
    #expect(try JSONValue.parse("9223372036854775808") == .number(9.223372036854775808e18))
  }

  @Test(arguments: 0..<200 as Range<UInt64>) func writesWhatItReadsAndFoundationReadsToo(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    let value = randomValue(&random, depth: 0)
    let bytes = value.bytes
    #expect(try JSONValue.parse(bytes) == value, "seed \(seed)")
    #expect(throws: Never.self, "seed \(seed)") {
      try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }
  }

  private func randomValue(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &random) {
    case 0: return .null
    case 1: return .boolean(Bool.random(using: &random))
    case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
    case 3: return .number(Double.random(in: -1e6..<1e6, using: &random))
    case 4:
      let scalars = (0..<Int.random(in: 0..<8, using: &random)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 0..<0x3000, using: &random))
      }
      return .string(String(String.UnicodeScalarView(scalars)))
    case 5:
      return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in randomValue(&random, depth: depth + 1) })
    default:
      let count = Int.random(in: 0..<4, using: &random)
      return .object(
        Dictionary((0..<count).map { ("k\($0)\"\n", randomValue(&random, depth: depth + 1)) }) { first, _ in first })
    }
  }

  @Test func numbersAreShortestAndNonFiniteIsNull() {
    var writer = JSONWriter()
    writer.beginArray()
    writer.number(0.1)
    writer.number(Float(0.934))
    writer.number(Double.nan)
    writer.number(Float.infinity)
    writer.endArray()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "[0.1,0.934,null,null]")
  }
}

/// splitmix64: the same numbers for the same seed on every machine.
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
