import Features
import Identity
import JSON
import Recommender
import State

/// The JSON of an answer.
enum AnswerText {
  static func id(_ id: EntityID, into writer: inout JSONWriter) {
    switch id.form {
    case .integer: writer.token(id.text)
    case .string: writer.string(id.text)
    }
  }

  /// The array of recommendations. An item that is newer than the catalogue has no id yet that could be given, and is
  /// left out.
  static func list(
    _ scratch: RecommendScratch, _ outcome: RecommendOutcome, _ catalogue: Catalogue, into writer: inout JSONWriter
  ) {
    writer.beginArray()
    var rank = 0
    for place in 0..<outcome.listCount {
      let ranked = scratch.list[place]
      guard let item = catalogue.item(at: ranked.item) else { continue }
      rank += 1
      writer.beginObject()
      writer.key("item_id")
      id(item.id, into: &writer)
      writer.key("title")
      text(item.metadata.title, into: &writer)
      writer.key("score")
      writer.number(ranked.score)
      writer.key("rank")
      writer.integer(rank)
      writer.key("retrieval_score")
      writer.number(ranked.retrievalScore)
      writer.key("genres")
      strings(item.metadata.genres, into: &writer)
      if let propensity = ranked.propensity {
        writer.key("source")
        writer.string(CandidateOrigin.names[CandidateOrigin.exploration])
        writer.key("propensity")
        writer.number(propensity)
      }
      writer.endObject()
    }
    writer.endArray()
  }

  /// The members of `provenance` that the bundle and the candidates decide.
  static func provenance(_ bundle: Bundle, sources: [Int], into writer: inout JSONWriter) {
    versions(bundle, into: &writer)
    writer.key("sources")
    writer.beginObject()
    for (origin, name) in CandidateOrigin.names.enumerated() where sources[origin] > 0 {
      writer.key(name)
      writer.integer(sources[origin])
    }
    writer.endObject()
  }

  static func versions(_ bundle: Bundle, into writer: inout JSONWriter) {
    writer.key("ranker")
    text(bundle.versions.ranker, into: &writer)
    writer.key("towers")
    text(bundle.versions.towers, into: &writer)
    writer.key("index")
    text(bundle.versions.index, into: &writer)
    writer.key("linear")
    writer.integer(bundle.versions.linear)
    writer.key("feature_schema")
    writer.string(hexadecimal(bundle.registry.hash))
  }

  /// The whole answer.
  static func answer(
    _ user: EntityID, _ parts: AnswerParts, isHit: Bool, seconds: Double, nowMs: Int64, into writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("user_id")
    id(user, into: &writer)
    writer.key("recommendations")
    writer.raw(parts.recommendations)
    writer.key("latency_ms")
    milliseconds(seconds, into: &writer)
    writer.key("cache_hit")
    writer.boolean(isHit)
    writer.key("n_candidates")
    writer.integer(parts.candidateCount)
    writer.key("provenance")
    writer.beginObject()
    writer.raw(parts.provenance)
    writer.key("user_last_event_age_ms")
    if let last = parts.lastEventMs { writer.integer(max(0, nowMs - last)) } else { writer.null() }
    writer.key("user_events")
    writer.integer(parts.eventCount)
    writer.key("degraded")
    text(parts.degraded?.rawValue, into: &writer)
    writer.endObject()
    writer.endObject()
  }

  static func text(_ text: String?, into writer: inout JSONWriter) {
    if let text { writer.string(text) } else { writer.null() }
  }

  static func strings(_ texts: [String], into writer: inout JSONWriter) {
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }

  /// To the microsecond.
  static func milliseconds(_ seconds: Double, into writer: inout JSONWriter) {
    writer.number((seconds * 1e6).rounded() / 1e3)
  }

  static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
