import Features
import HTTP
import Identity
import JSON
import Recommender
import State

extension ServingWorker {
  /// Answers one question.
  /// - Throws: 503 where there is nothing that could be shown to anybody.
  mutating func recommend(_ query: RecommendQuery) throws(HTTPError) -> HTTPResponse {
    let start = api.clock.monotonicNanoseconds
    let bundle = api.replica.bundle
    let state = api.replica.items
    let lookup = lookUp(query.user)
    let readAt = api.clock.monotonicNanoseconds
    instruments.read.observe(Double(readAt - start) * 1e-9)
    let catalogue = state.catalogue
    let key = cacheKey(query, lookup, bundle, catalogue)
    let userHash = query.user.hash64
    if let key, let parts = api.cache.find(key, userHash: userHash, recordHash: lookup.hash, now: readAt) {
      instruments.hits.add()
      return finish(query, parts, isHit: true, start: start)
    }
    (key == nil ? instruments.bypasses : instruments.misses).add()
    let parts = try score(query, lookup, bundle, state, catalogue)
    if let key, parts.candidateCount > 0 {
      api.cache.insert(key, userHash: userHash, recordHash: lookup.hash, now: readAt, parts)
    }
    return finish(query, parts, isHit: false, start: start)
  }

  /// nil where the cache must not be asked: what cannot be validated against the store is not kept.
  private func cacheKey(
    _ query: RecommendQuery, _ lookup: UserLookup, _ bundle: Bundle, _ catalogue: Catalogue
  ) -> AnswerKey? {
    guard query.usesCache, api.cache.isEnabled, lookup.failure == nil else { return nil }
    return AnswerKey(
      user: query.user.text, form: query.user.form, count: query.count, includesSeen: query.includesSeen,
      excluded: query.excluded.map(\.rawValue).sorted(), filter: query.filter, bundle: api.bundles.number(of: bundle),
      catalogueRevision: catalogue.revision)
  }

  private mutating func score(
    _ query: RecommendQuery, _ lookup: UserLookup, _ bundle: Bundle, _ state: ItemState, _ catalogue: Catalogue
  ) throws(HTTPError) -> AnswerParts {
    var request = RecommendRequest(nowMs: api.clock.nowMilliseconds, count: query.count)
    request.includesSeen = query.includesSeen
    request.excluded = query.excluded
    let exploration = api.configuration.exploration
    if exploration > 0 { request.exploration = Exploration(share: exploration, userHash: query.user.hash64) }
    if !query.filter.isEmpty { request.isAllowed = query.filter.test(catalogue) }
    let record = lookup.record ?? UserRecord()
    let scratch = scratch(for: bundle)
    let outcome = Recommender.recommend(
      record, request, view: lookup.view, bundle: bundle, state: state, scratch: scratch)
    observe(scratch.stages)
    if outcome.candidateCount == 0, catalogue.recommendableCount == 0 || state.globals.events == 0 {
      instruments.count(.noCandidates)
      throw .unavailable(
        AnswerReason.noCandidates.rawValue,
        "there is nothing to recommend yet: no event has been learned, or no item is there")
    }
    let reason = Self.reason(lookup, record, outcome)
    partWriter.removeAll()
    AnswerText.list(scratch, outcome, catalogue, into: &partWriter)
    let recommendations = partWriter.bytes
    partWriter.removeAll()
    let sources = countSources(scratch)
    AnswerText.provenance(bundle, sources: sources, into: &partWriter)
    api.replica.served(scratch, outcome: outcome)
    return AnswerParts(
      recommendations: recommendations, provenance: partWriter.bytes, candidateCount: outcome.candidateCount,
      lastEventMs: record.eventCount == 0 ? nil : record.lastMs, eventCount: record.eventCount,
      degraded: reason)
  }

  /// The deepest step down that was taken.
  private static func reason(
    _ lookup: UserLookup, _ record: UserRecord, _ outcome: RecommendOutcome
  ) -> AnswerReason? {
    if outcome.candidateCount == 0 { return .noCandidates }
    if let failure = lookup.failure { return failure }
    if record.eventCount == 0 { return .newUser }
    return outcome.degradation == .noRanker ? .noRanker : nil
  }

  private func observe(_ stages: StageTimes) {
    instruments.vector.observe(stages.vector)
    instruments.retrieve.observe(stages.retrieve)
    instruments.features.observe(stages.features)
    instruments.score.observe(stages.score)
  }

  /// How many candidates each source named.
  private func countSources(_ scratch: RecommendScratch) -> [Int] {
    var counts = [Int](repeating: 0, count: CandidateOrigin.count)
    for place in 0..<scratch.table.count {
      var bits = scratch.table.sourceBits[place]
      while bits != 0 {
        counts[bits.trailingZeroBitCount] += 1
        bits &= bits - 1
      }
    }
    for (source, count) in counts.enumerated() where count > 0 { instruments.candidates[source].add(UInt64(count)) }
    return counts
  }

  private mutating func finish(
    _ query: RecommendQuery, _ parts: AnswerParts, isHit: Bool, start: UInt64
  ) -> HTTPResponse {
    let seconds = Double(api.clock.monotonicNanoseconds - start) * 1e-9
    writer.removeAll()
    AnswerText.answer(
      query.user, parts, isHit: isHit, seconds: seconds, nowMs: api.clock.nowMilliseconds, into: &writer)
    instruments.total.observe(Double(api.clock.monotonicNanoseconds - start) * 1e-9)
    instruments.count(parts.degraded)
    return .json(writer.bytes)
  }
}
