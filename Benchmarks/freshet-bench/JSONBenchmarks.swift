import Foundation
import JSON

extension Suite {
  private struct Item: Codable {
    var item_id: Int
    var title: String
    var score: Double
    var rank: Int
    var retrieval_score: Float
    var genres: [String]
  }

  private struct Answer: Codable {
    var user_id: Int
    var recommendations: [Item]
    var latency_ms: Double
    var cache_hit: Bool
    var n_candidates: Int
  }

  /// An answer of 20 items.
  private static let answer: Answer = {
    var random = SplitMix(state: 3)
    let items = (0..<20).map { rank in
      Item(
        item_id: rank * 131, title: "Misérables, Les \"\(rank)\" (1998)", score: .random(in: 0..<5, using: &random),
        rank: rank + 1, retrieval_score: .random(in: 0..<1, using: &random), genres: ["Drama", "Sci-Fi"])
    }
    return Answer(user_id: 42, recommendations: items, latency_ms: 1.4, cache_hit: false, n_candidates: 500)
  }()

  static let json: [Benchmark] = [
    Benchmark("JSONWriter, answer of 20", versus: "JSONEncoder, answer of 20", operations: 100) {
      var writer = JSONWriter()
      return {
        for _ in 0..<100 {
          write(answer, to: &writer)
          keep(writer.bytes.count)
        }
      }
    },
    Benchmark("JSONEncoder, answer of 20", operations: 10) {
      let encoder = JSONEncoder()
      return { for _ in 0..<10 { keep(try encoder.encode(answer).count) } }
    },
  ]

  private static func write(_ answer: Answer, to writer: inout JSONWriter) {
    writer.removeAll()
    writer.beginObject()
    writer.key("user_id")
    writer.integer(answer.user_id)
    writer.key("recommendations")
    writer.beginArray()
    for item in answer.recommendations {
      writer.beginObject()
      writer.key("item_id")
      writer.integer(item.item_id)
      writer.key("title")
      writer.string(item.title)
      writer.key("score")
      writer.number(item.score)
      writer.key("rank")
      writer.integer(item.rank)
      writer.key("retrieval_score")
      writer.number(item.retrieval_score)
      writer.key("genres")
      writer.beginArray()
      for genre in item.genres { writer.string(genre) }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    writer.key("latency_ms")
    writer.number(answer.latency_ms)
    writer.key("cache_hit")
    writer.boolean(answer.cache_hit)
    writer.key("n_candidates")
    writer.integer(answer.n_candidates)
    writer.endObject()
  }
}
