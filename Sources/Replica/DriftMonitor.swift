import Drift
import JSON
import Lifecycle
import Recommender
import Synchronization
import Telemetry

/// Watches what is served: gathers served vectors, and once a window compares them with what the ranker in use was
/// trained on. Alerts go to the sink, the log and the metrics.
public final class DriftMonitor: Service {
  /// How often it is looked whether another ranker is in use.
  private static let step = Duration.milliseconds(500)

  public let name = "drift"
  private let window: Duration
  private let thresholds: DriftThresholds
  private let keeper: BundleKeeper
  private let metrics: FreshetMetrics
  private let seed: UInt64
  private let clock: any FreshetClock
  /// Takes each alert: a topic, a webhook.
  private let alert: @Sendable (DriftAlert) -> Void
  private let log = Logger("drift")
  private let request = StopRequest()
  private let sampler = Mutex<ServedVectorSampler?>(nil)
  private let live = Mutex(QualityWindow())
  private let latest = Mutex<DriftReport?>(nil)

  public init(
    window: Duration, thresholds: DriftThresholds, keeper: BundleKeeper, metrics: FreshetMetrics, seed: UInt64,
    clock: any FreshetClock = SystemClock(), alert: @escaping @Sendable (DriftAlert) -> Void
  ) {
    self.window = window
    self.thresholds = thresholds
    self.keeper = keeper
    self.metrics = metrics
    self.seed = seed
    self.clock = clock
    self.alert = alert
  }

  /// The last window's report; nil before the first. Any thread.
  public var report: DriftReport? { latest.withLock { $0 } }

  /// Offers what was served: a few rows are taken, or none. Never waits.
  public func served(_ scratch: RecommendScratch) {
    guard let sampler = sampler.withLock({ $0 }), sampler.columns == scratch.featureCount else { return }
    sampler.offer(scratch.matrix, rows: scratch.table.count, stride: scratch.featureCount)
  }

  /// The live measure of one ranked event. Any thread.
  public func ranked(ndcg: Double) { live.withLock { $0.add(ndcg) } }

  public func start() throws {}

  public func run() throws {
    var watch: Watch?
    var end = Deadline(after: window, clock: clock)
    while !request.wait(atMost: Self.step) {
      adopt(&watch)
      guard end.hasPassed else { continue }
      end = Deadline(after: window, clock: clock)
      close(&watch)
    }
  }

  public func stop(by deadline: Deadline) { request.make() }

  /// The detector, and the version of the ranker whose reference it holds.
  private struct Watch {
    var detector: DriftDetector
    var version: String
  }

  private func adopt(_ watch: inout Watch?) {
    guard let ranker = keeper.models.ranker, let reference = ranker.value.reference,
      watch?.version != ranker.version.name
    else { return }
    if watch == nil {
      watch = Watch(detector: DriftDetector(reference: reference, thresholds: thresholds), version: ranker.version.name)
    } else if var present = watch {
      publish(present.detector.adopt(reference, atMs: clock.nowMilliseconds), present)
      present.version = ranker.version.name
      watch = present
    }
    let fresh = ServedVectorSampler(reference: reference, seed: seed)
    sampler.withLock { $0 = fresh }
  }

  private func close(_ watch: inout Watch?) {
    guard var present = watch, let sampler = sampler.withLock({ $0 }) else { return }
    let quality = live.withLock { quality in
      defer { quality = QualityWindow() }
      return quality
    }
    var histograms = HistogramWindow(present.detector.reference)
    histograms.add(sampler.drain())
    let report = present.detector.close(histograms, quality: quality, atMs: clock.nowMilliseconds)
    watch = present
    if report.isJudged {
      for feature in report.features {
        metrics.driftKL[feature.name].set(feature.divergence.kl)
        metrics.driftPSI[feature.name].set(feature.divergence.psi)
        metrics.driftJS[feature.name].set(feature.divergence.js)
      }
    }
    metrics.driftAlertsActive.set(report.activeAlerts)
    latest.withLock { $0 = report }
    publish(report.transitions, present)
  }

  private func publish(_ transitions: [DriftTransition], _ watch: Watch) {
    for transition in transitions {
      let measures = transition.measures.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      log.warning(
        transition.change == .raised ? "drift alert raised" : "drift alert resolved",
        ["name": "\(transition.name)", "measures": "\(measures.joined(separator: " "))"])
      alert(DriftAlert(transition, schemaHash: watch.detector.reference.schemaHash, ranker: watch.version))
    }
  }
}
