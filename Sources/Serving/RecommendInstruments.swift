import Features
import Telemetry

/// One worker's instruments: looked up once, because a family takes a lock at each look-up.
struct RecommendInstruments {
  let read: Histogram
  let vector: Histogram
  let retrieve: Histogram
  let features: Histogram
  let score: Histogram
  let total: Histogram
  /// By `CandidateOrigin.names`.
  let candidates: [CounterCell]
  let hits: CounterCell
  let misses: CounterCell
  let bypasses: CounterCell
  let personalised: CounterCell
  let errors: CounterCell
  let storeErrors: CounterCell
  private let reasons: [AnswerReason: CounterCell]

  init(_ metrics: FreshetMetrics) {
    let stages = metrics.recommendSeconds
    read = stages["read"]
    vector = stages["vector"]
    retrieve = stages["retrieve"]
    features = stages["features"]
    score = stages["score"]
    total = stages["total"]
    candidates = CandidateOrigin.names.map { metrics.candidates[$0].worker() }
    hits = metrics.recommendCache["hit"].worker()
    misses = metrics.recommendCache["miss"].worker()
    bypasses = metrics.recommendCache["bypass"].worker()
    personalised = metrics.recommendations["personalised"].worker()
    errors = metrics.recommendations["error"].worker()
    storeErrors = metrics.storeErrors.worker()
    reasons = Dictionary(
      uniqueKeysWithValues: AnswerReason.allCases.map { ($0, metrics.recommendations[$0.rawValue].worker()) })
  }

  func count(_ reason: AnswerReason?) {
    guard let reason else { return personalised.add() }
    reasons[reason]?.add()
  }
}
