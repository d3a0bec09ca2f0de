/// Judges windows of served vectors against the ranker's reference. A value-type machine: its owner closes windows on
/// its own clock, publishes the transitions, and keeps the report for `GET /drift`. One thread.
public struct DriftDetector: Sendable {
  /// Name of the live measure's alert.
  public static let qualityName = "live_ndcg10"
  /// Events after which the live measure's own baseline forgets the older half.
  private static let baselineEvents = 50_000

  public private(set) var reference: ReferenceHistograms
  public let thresholds: DriftThresholds
  private var states: [String: AlertState] = [:]
  private var pending: HistogramWindow
  private var qualityState = AlertState()
  private var pendingQuality = QualityWindow()
  private var baseline = QualityWindow()
  private var quality: DriftReport.Quality?

  public init(reference: ReferenceHistograms, thresholds: DriftThresholds = DriftThresholds()) {
    self.reference = reference
    self.thresholds = thresholds
    pending = HistogramWindow(reference)
  }

  /// Alerts raised and not resolved.
  public var activeAlerts: Int {
    states.values.count { $0.isRaised } + (qualityState.isRaised ? 1 : 0)
  }

  /// Goes over to another ranker's reference. Windows in progress are dropped; an alert that is raised stays raised
  /// until the windows under the new reference resolve it, and is resolved at once where its feature is no more.
  public mutating func adopt(_ reference: ReferenceHistograms, atMs: Int64) -> [DriftTransition] {
    self.reference = reference
    pending = HistogramWindow(reference)
    let names = Set(reference.names)
    let gone = states.filter { !names.contains($0.key) }
    states = states.filter { names.contains($0.key) }
    for name in states.keys { states[name]?.restart() }
    return gone.filter(\.value.isRaised).keys.sorted().map {
      DriftTransition(
        subject: Self.subject($0), name: $0, change: .resolved, atMs: atMs, samples: 0, measures: [:], limits: [:])
    }
  }

  private static func subject(_ name: String) -> DriftTransition.Subject {
    name == ReferenceHistograms.prediction ? .prediction : .feature
  }

  /// One window has ended. With too few samples nothing is judged, and they count towards the next one.
  /// - Parameters:
  ///   - window: made for the present reference.
  ///   - quality: live measures of the window's ranked events.
  /// - Complexity: O(features * bins).
  public mutating func close(
    _ window: HistogramWindow, quality live: QualityWindow = QualityWindow(), atMs: Int64
  ) -> DriftReport {
    pending.merge(window)
    pendingQuality.merge(live)
    let isJudged = pending.samples >= thresholds.minimumSamples
    var transitions: [DriftTransition] = []
    var features: [DriftReport.Feature] = []
    for (column, feature) in reference.features.enumerated() {
      features.append(observe(feature, pending.counts(of: column), isJudged, atMs, &transitions))
    }
    observeQuality(atMs, &transitions)
    defer { if isJudged { pending = HistogramWindow(reference) } }
    return DriftReport(
      atMs: atMs, schemaHash: reference.schemaHash, samples: pending.samples, referenceSamples: reference.samples,
      isJudged: isJudged, thresholds: thresholds, features: features, quality: quality, transitions: transitions,
      activeAlerts: activeAlerts)
  }

  private mutating func observe(
    _ feature: FeatureBins, _ served: ArraySlice<UInt64>, _ isJudged: Bool, _ atMs: Int64,
    _ transitions: inout [DriftTransition]
  ) -> DriftReport.Feature {
    let divergence = Divergence(training: feature.counts, served: served)
    let floor = divergence.noiseFloor(
      draws: pending.draws, referenceDraws: reference.draws, significance: thresholds.significance)
    var state = states[feature.name] ?? AlertState()
    if isJudged {
      // PSI is KL in both directions, and so is its noise.
      let isAbove =
        divergence.kl > max(thresholds.kl, floor) || divergence.psi > max(thresholds.psi, 2 * floor)
      if let change = state.observe(isAbove: isAbove, hysteresis: thresholds.hysteresis) {
        transitions.append(
          DriftTransition(
            subject: Self.subject(feature.name), name: feature.name, change: change, atMs: atMs,
            samples: pending.samples,
            measures: ["kl": divergence.kl, "psi": divergence.psi, "js": divergence.js],
            limits: ["kl": thresholds.kl, "psi": thresholds.psi]))
      }
      states[feature.name] = state
    }
    return DriftReport.Feature(
      name: feature.name, divergence: divergence, noiseFloor: floor, phase: state.phase, edges: feature.edges,
      training: feature.counts, served: Array(served))
  }

  /// Compares the live measure with its own past: the windows that were not above, the older ones fading.
  private mutating func observeQuality(_ atMs: Int64, _ transitions: inout [DriftTransition]) {
    guard pendingQuality.events >= thresholds.minimumQualityEvents else { return }
    defer { pendingQuality = QualityWindow() }
    guard baseline.events > 0 else {
      baseline = pendingQuality
      return
    }
    let fall = baseline.mean - pendingQuality.mean
    let drop = baseline.mean > 0 ? max(0, fall / baseline.mean) : 0
    let noise = thresholds.significance * (baseline.meanVariance + pendingQuality.meanVariance).squareRoot()
    let isAbove = drop > thresholds.qualityDrop && fall > noise
    if let change = qualityState.observe(isAbove: isAbove, hysteresis: thresholds.hysteresis) {
      transitions.append(
        DriftTransition(
          subject: .quality, name: Self.qualityName, change: change, atMs: atMs, samples: pendingQuality.events,
          measures: ["mean": pendingQuality.mean, "reference": baseline.mean, "drop": drop],
          limits: ["drop": thresholds.qualityDrop]))
    }
    quality = DriftReport.Quality(
      mean: pendingQuality.mean, reference: baseline.mean, drop: drop, events: pendingQuality.events,
      phase: qualityState.phase)
    guard !isAbove else { return }
    baseline.merge(pendingQuality)
    if baseline.events > Self.baselineEvents { baseline.halve() }
  }
}
