/// Every metric of Freshet, and nothing but: `/metrics`, the documentation's table and the alert rules' names all come
/// from this file.
///
/// One prefix, base units (seconds, bytes, ratios), bounded labels, success and failure both counted. Make one a
/// process, hand it to the parts; every property is safe on any thread.
public final class FreshetMetrics: Sendable {
  /// Values of labels that are known when the process starts; their series exist from then on, at zero.
  public struct Labels: Sendable {
    public var features: [String]
    public var sources: [String]
    public var routes: [String]

    public init(features: [String] = [], sources: [String] = [], routes: [String] = []) {
      self.features = features
      self.sources = sources
      self.routes = routes
    }
  }

  /// Stages of one recommendation, in order.
  public static let recommendStages = ["read", "vector", "retrieve", "features", "score", "total"]
  /// Stages of training.
  public static let trainingStages = ["towers", "index", "ranker"]

  /// 50 us to 2.5 s: a request's stages.
  static let requestSeconds = [
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  ]
  /// 1 ms to an hour: how old an event is when it becomes servable.
  static let freshnessSeconds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3_600,
  ]
  /// 10 ms to half an hour: training.
  static let trainingSeconds = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800]

  public let registry: MetricRegistry

  // Ingestion
  public let eventsApplied: Counter
  public let eventsRejected: CounterFamily
  public let eventsDuplicate: Counter
  public let consumerLag: GaugeFamily
  public let freshness: Histogram
  public let producerQueue: Gauge
  public let deadLetters: CounterFamily

  // Store
  public let storeCommitSeconds: Histogram
  public let storeErrors: Counter
  public let storeFenced: Counter
  public let storeReplicasShort: Counter
  public let itemGaps: Gauge

  // Recommendations
  public let recommendSeconds: HistogramFamily
  public let recommendations: CounterFamily
  public let recommendCache: CounterFamily
  public let candidates: CounterFamily

  // Drift and quality
  public let driftKL: GaugeFamily
  public let driftPSI: GaugeFamily
  public let driftJS: GaugeFamily
  public let driftAlertsActive: Gauge
  public let liveNDCG10: GaugeFamily
  public let liveHit10: GaugeFamily
  public let liveCoverage10: Gauge

  // Models
  public let modelVersion: GaugeFamily
  public let modelInfo: GaugeFamily
  public let trainingSeconds: HistogramFamily
  public let trainings: CounterFamily
  public let rankerWithdrawals: Counter
  public let indexSize: Gauge
  public let indexRecall: Gauge
  public let indexRebuilds: Counter

  // HTTP
  public let httpRequests: CounterFamily
  public let httpRequestSeconds: HistogramFamily
  public let httpConnections: Gauge
  public let httpQueueDepth: Gauge
  public let httpShed: Counter

  /// - Parameter log: its dropped lines are shown.
  public init(labels: Labels = Labels(), registry: MetricRegistry = MetricRegistry(), log: LogSink = .standardError) {
    self.registry = registry
    let features = labels.features.map { [$0] }
    let sources = labels.sources.map { [$0] }
    let routes = labels.routes.map { [$0] }

    eventsApplied = registry.counter(
      "freshet_events_applied_total", "Events applied to user state, each exactly once.")
    eventsRejected = registry.counters(
      "freshet_events_rejected_total", "Events refused, by the reason of the refusal.", labels: ["reason"], limit: 64)
    eventsDuplicate = registry.counter(
      "freshet_events_duplicate_total", "Events whose event_id their user had seen already; they changed nothing.")
    consumerLag = registry.gauges(
      "freshet_consumer_lag", "Records of the partition that are not applied yet.", labels: ["partition"], limit: 1_024)
    freshness = registry.histogram(
      "freshet_freshness_seconds", "From the broker's time stamp of an event to the moment when it can be served.",
      bounds: Self.freshnessSeconds)
    producerQueue = registry.gauge(
      "freshet_producer_queue", "Records that wait in the producer for the broker's acknowledgement.")
    deadLetters = registry.counters(
      "freshet_dead_letters_total", "Records written to the dead-letter topic, by reason.", labels: ["reason"],
      limit: 64)

    storeCommitSeconds = registry.histogram(
      "freshet_store_commit_seconds", "The atomic step that writes a batch's records, entries and offset.",
      bounds: Self.requestSeconds)
    storeErrors = registry.counter("freshet_store_errors_total", "Store operations that failed or timed out.")
    storeFenced = registry.counter(
      "freshet_store_fenced_total",
      "Batches refused by the store because another member owns the partition now, or the store has gone back.")
    storeReplicasShort = registry.counter(
      "freshet_store_replicas_short_total",
      "Attempts to store a batch that fewer replicas had in time than redis.wait-replicas asks for.")
    itemGaps = registry.gauge(
      "freshet_item_gaps", "Shards of which this process's item counters lack entries that were trimmed unread.")

    recommendSeconds = registry.histograms(
      "freshet_recommend_duration_seconds", "Time of one recommendation by stage; total is the whole of it.",
      labels: ["stage"], bounds: Self.requestSeconds, known: Self.recommendStages.map { [$0] }, limit: 32)
    recommendations = registry.counters(
      "freshet_recommend_total",
      "Recommendations by outcome: personalised, the reason of a degraded answer, error, or shed.", labels: ["outcome"],
      known: [["personalised"], ["error"], ["shed"]], limit: 32)
    recommendCache = registry.counters(
      "freshet_recommend_cache_total", "Look-ups in the response cache by result: hit, miss or bypass.",
      labels: ["result"], known: [["hit"], ["miss"], ["bypass"]], limit: 8)
    candidates = registry.counters(
      "freshet_candidates_total", "Candidates found by each source, before the union.", labels: ["source"],
      known: sources, limit: 32)

    driftKL = registry.gauges(
      "freshet_drift_kl", "Kullback-Leibler divergence of training from serving in the last window, in nats.",
      labels: ["feature"], known: features, limit: 512)
    driftPSI = registry.gauges(
      "freshet_drift_psi", "Population stability index of the feature in the last window.", labels: ["feature"],
      known: features, limit: 512)
    driftJS = registry.gauges(
      "freshet_drift_js", "Jensen-Shannon divergence of the feature in the last window, in nats.", labels: ["feature"],
      known: features, limit: 512)
    driftAlertsActive = registry.gauge(
      "freshet_drift_alerts_active", "Features whose drift alert is raised and not yet resolved.")
    liveNDCG10 = registry.gauges(
      "freshet_live_ndcg10", "NDCG@10 over the last window of positive events, each ranked before it was applied.",
      labels: ["ranker"], known: [["live"], ["popularity"]], limit: 8)
    liveHit10 = registry.gauges(
      "freshet_live_hit10", "Hit rate at 10 over the same events.", labels: ["ranker"],
      known: [["live"], ["popularity"]], limit: 8)
    liveCoverage10 = registry.gauge(
      "freshet_live_coverage10", "Share of the catalogue that was in some top 10 of the last window.")

    modelVersion = registry.gauges(
      "freshet_model_version", "Number of the version that is served.", labels: ["kind"], limit: 16)
    modelInfo = registry.gauges(
      "freshet_model_info", "1 for the version that is served, by name.", labels: ["kind", "version"], limit: 16)
    trainingSeconds = registry.histograms(
      "freshet_training_duration_seconds", "Time of one training run.", labels: ["stage"],
      bounds: Self.trainingSeconds, known: Self.trainingStages.map { [$0] }, limit: 16)
    trainings = registry.counters(
      "freshet_training_total", "Training runs by stage and outcome: promoted, rejected, skipped or failed.",
      labels: ["stage", "outcome"], known: Self.trainingStages.flatMap { [[$0, "promoted"], [$0, "failed"]] }, limit: 64
    )
    rankerWithdrawals = registry.counter(
      "freshet_ranker_withdrawals_total", "Rankers withdrawn because live quality fell with them.")
    indexSize = registry.gauge("freshet_index_size", "Items in the vector index.")
    indexRecall = registry.gauge(
      "freshet_index_recall",
      "Recall at 100 of the vector index against exact search, on sampled users; NaN until users were served.")
    indexRebuilds = registry.counter("freshet_index_rebuilds_total", "Rebuilds of the vector index.")

    httpRequests = registry.counters(
      "freshet_http_requests_total", "HTTP requests by route and status code.", labels: ["route", "code"], limit: 256)
    httpRequestSeconds = registry.histograms(
      "freshet_http_request_seconds", "From the request's last byte to the answer's first.", labels: ["route"],
      bounds: Self.requestSeconds, known: routes, limit: 64)
    httpConnections = registry.gauge("freshet_http_connections", "Open HTTP connections.")
    httpQueueDepth = registry.gauge("freshet_http_queue_depth", "Requests that wait for a worker.")
    httpShed = registry.counter("freshet_http_shed_total", "Requests refused with 503 because the queue was full.")

    Self.declareProcess(registry, log)
  }

  private static func declareProcess(_ registry: MetricRegistry, _ log: LogSink) {
    registry.observed(
      "freshet_log_dropped_total", "Log lines dropped because the log's queue was full.", kind: .counter
    ) { Double(log.droppedLines) }
    registry.observed("freshet_process_resident_memory_bytes", "Resident memory.") {
      ProcessSample.read()?.residentBytes
    }
    registry.observed("freshet_process_cpu_seconds_total", "CPU time, user and system.", kind: .counter) {
      ProcessSample.read()?.cpuSeconds
    }
    registry.observed("freshet_process_open_fds", "Open file descriptors.") { ProcessSample.read()?.openDescriptors }
    registry.observed("freshet_process_start_time_seconds", "Unix time of the process's start.") {
      ProcessSample.read()?.startTime
    }
  }
}
