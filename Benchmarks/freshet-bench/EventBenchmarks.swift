import Events
import Foundation

extension Suite {
  static let events: [Benchmark] = [
    Benchmark("EventDecoder.decode", versus: "JSONDecoder, an event", operations: payloads.count) {
      let decoder = EventDecoder(rules: EventRules(types: try EventTypes(weights: weights)))
      return {
        for payload in payloads {
          try payload.withUnsafeBytes { try decoder.decode($0, brokerTimeMs: World.startMs) }
          keep(decoder.event.timeMs)
        }
      }
    },
    Benchmark("JSONDecoder, an event", operations: payloads.count) {
      let decoder = JSONDecoder()
      let texts = payloads.map { Data($0) }
      return { for text in texts { keep(try decoder.decode(Plain.self, from: text).timestamp) } }
    },
  ]

  private static let weights = ["view": 0.1, "click": 0.3, "rating": 1, "purchase": 1, "like": 0.8]

  /// What JSONDecoder is asked for: fewer fields and none of the rules.
  private struct Plain: Decodable {
    var type: String
    var user: Int
    var item: String
    var value: Double?
    var event_id: String?
    var timestamp: Int64
    var session: String?
    var context: [String: String]?
  }

  /// About 170 bytes each: escapes, other alphabets, an unknown field now and then.
  private static let payloads: [[UInt8]] = {
    var random = SplitMix(state: 5)
    let types = weights.keys.sorted()
    return (0..<1_000).map { count in
      let type = types[count % types.count]
      var text =
        #"{"type":"\#(type)","user":\#(Int.random(in: 1..<1_000_000, using: &random)),"item":"it\u00e9m-\#(count)""#
      if type == "rating" { text += #","value":\#(Double(count % 9) / 2 + 0.5)"# }
      text += #","event_id":"e-\#(random.next())","timestamp":\#(World.startMs - Int64(count))"#
      if count % 3 == 0 { text += #","session":"s\#(count)","context":{"device":"téléphone","page":"a\"b"}"# }
      if count % 5 == 0 { text += #", "unknown" : [1, {"a": null}]"# }
      return Array((text + "}").utf8)
    }
  }()
}
