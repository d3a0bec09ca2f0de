import Drift
import Glibc
import JSON
import Testing

@Suite struct DetectorTests {
  private static let requestsPerWindow = 600

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func theSameStreamRaisesNothingOverManyWindows(seed: UInt64) throws {
    print("seed \(seed)")
    var requests = Requests(seed: seed)
    let reference = try requests.reference(groups: 400)
    let sampler = ServedVectorSampler(reference: reference, seed: seed)
    var detector = DriftDetector(reference: reference)
    for number in 0..<25 as Range<Int64> {
      let window = requests.window(reference, sampler, requests: Self.requestsPerWindow)
      let report = detector.close(window, atMs: number * 60_000)
      #expect(report.isJudged && report.transitions.isEmpty && report.activeAlerts == 0)
      #expect(report.samples == 2 * Self.requestsPerWindow)
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func thresholdsOfZeroRaiseNothingByChance(seed: UInt64) throws {
    print("seed \(seed)")
    var thresholds = DriftThresholds()
    (thresholds.kl, thresholds.psi, thresholds.minimumSamples) = (0, 0, 40)
    var requests = Requests(seed: 100 + seed)
    let reference = try requests.reference(groups: 300)
    let sampler = ServedVectorSampler(reference: reference, seed: seed)
    var detector = DriftDetector(reference: reference, thresholds: thresholds)
    for number in 0..<40 as Range<Int64> {
      // From twenty requests to a few hundred.
      let window = requests.window(reference, sampler, requests: 20 << (number % 5))
      #expect(detector.close(window, atMs: number).transitions.isEmpty)
    }
  }

  /// A feature computed otherwise at serving than in training.
  private static let skews: [(feature: String, name: String, change: @Sendable (Float) -> Float)] = [
    ("normal", "scaled", { $0 * 2 }), ("normal", "shifted", { $0 + 1 }), ("normal", "negated and shifted", { 1 - $0 }),
    ("heavy_tail", "logarithm", { logf($0) }), ("heavy_tail", "zeroed", { _ in 0 }),
    ("mostly_zero", "default one", { $0 == 0 ? 1 : $0 }), ("mostly_zero", "zeroed", { _ in 0 }),
    ("constant", "scaled", { $0 * 1.001 }), ("count", "off by one", { $0 + 1 }), ("of_user", "zeroed", { _ in 0 }),
    ("of_user", "not a number", { _ in .nan }),
  ]

  @Test(arguments: 0..<11, [1, 2] as [UInt64])
  func aSkewIsFoundWithinTheHysteresisAndResolvedAfterIt(number: Int, seed: UInt64) throws {
    let skew = Self.skews[number]
    print("seed \(seed), \(skew.feature) \(skew.name)")
    let column = try #require(Requests.names.firstIndex(of: skew.feature))
    var requests = Requests(seed: seed)
    let reference = try requests.reference(groups: 400)
    let sampler = ServedVectorSampler(reference: reference, seed: seed)
    var detector = DriftDetector(reference: reference)
    var history: [[DriftTransition]] = []
    for window in 0..<12 as Range<Int64> {
      let isSkewed = (3..<7).contains(window)
      let served = requests.window(reference, sampler, requests: Self.requestsPerWindow) {
        isSkewed && $0 == column ? skew.change($1) : $1
      }
      history.append(detector.close(served, atMs: window).transitions.filter { $0.subject == .feature })
    }
    let raised = try #require(history[5].first)
    #expect(raised.name == skew.feature && raised.change == .raised)
    let resolved = try #require(history[9].first)
    #expect(resolved.name == skew.feature && resolved.change == .resolved)
    #expect(history.map(\.count) == [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0])
  }

  @Test func aModelThatScoresOtherwiseIsFoundByItsPredictions() throws {
    var requests = Requests(seed: 4)
    let reference = try requests.reference(groups: 400)
    let sampler = ServedVectorSampler(reference: reference, seed: 4)
    var detector = DriftDetector(reference: reference)
    var found: [DriftTransition] = []
    for window in 0..<3 as Range<Int64> {
      for _ in 0..<Self.requestsPerWindow {
        let request = requests.next()
        let scores = request.scores.map { $0 * 2 + 1 }
        sampler.offer(request.matrix, rows: Requests.candidates, stride: Requests.names.count, scores: scores)
      }
      var served = HistogramWindow(reference)
      served.add(sampler.drain())
      found += detector.close(served, atMs: window).transitions
    }
    #expect(found.map(\.name) == ["prediction"] && found.first?.subject == .prediction)
  }

  @Test func smallWindowsWaitUntilTogetherTheyAreEnough() throws {
    var requests = Requests(seed: 6)
    let reference = try requests.reference(groups: 300)
    let sampler = ServedVectorSampler(reference: reference, seed: 6)
    var detector = DriftDetector(reference: reference)
    var judged: [Bool] = []
    var raised: [Int] = []
    for window in 0..<15 {
      let served = requests.window(reference, sampler, requests: 100) { $0 == 0 ? $1 + 2 : $1 }
      let report = detector.close(served, atMs: Int64(window))
      judged.append(report.isJudged)
      if report.transitions.contains(where: { $0.name == "normal" }) { raised.append(window) }
    }
    // 200 rows each, 1,000 are due: the 5th, 10th and 15th are judged, the third judgement raises.
    #expect(judged.enumerated().filter(\.element).map(\.offset) == [4, 9, 14])
    #expect(raised == [14])
  }

  @Test func anotherRankersReferenceResolvesWhatItExplains() throws {
    var requests = Requests(seed: 9)
    let reference = try requests.reference(groups: 300)
    let sampler = ServedVectorSampler(reference: reference, seed: 9)
    var detector = DriftDetector(reference: reference)
    let shift: (Int, Float) -> Float = { $0 == 0 ? $1 + 2 : $1 }
    for window in 0..<3 as Range<Int64> {
      _ = detector.close(requests.window(reference, sampler, requests: 600, skew: shift), atMs: window)
    }
    #expect(detector.activeAlerts >= 1)
    // The next ranker was trained on what is served now, and without predictions.
    var matrix: [Float] = []
    for _ in 0..<300 { matrix += requests.next(skew: shift).matrix }
    let next = try ReferenceHistograms(
      matrix: matrix, rows: 300 * Requests.candidates, stride: Requests.names.count, names: Requests.names,
      schemaHash: 77, draws: 300)
    let gone = detector.adopt(next, atMs: 10)
    #expect(gone.map(\.name) == ["prediction"] && gone.first?.change == .resolved)
    let nextSampler = ServedVectorSampler(reference: next, seed: 9)
    var changes: [String] = []
    for window in 11..<14 as Range<Int64> {
      let served = requests.window(next, nextSampler, requests: 600, skew: shift)
      changes += detector.close(served, atMs: window).transitions.map { "\($0.name) \($0.change)" }
    }
    #expect(changes == ["normal resolved"])
    #expect(detector.activeAlerts == 0)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func aFallOfLiveQualityIsFoundAndChanceIsNot(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(seed)
    var requests = Requests(seed: seed)
    var detector = DriftDetector(reference: try requests.reference(groups: 50))
    let empty = HistogramWindow(detector.reference)
    // NDCG of a positive event: zero mostly, else by its rank.
    func window(_ share: Double) -> QualityWindow {
      var window = QualityWindow()
      for _ in 0..<400 { window.add(random.uniform() < share ? 1 / log2(2 + 9 * random.uniform()) : 0) }
      return window
    }
    for number in 0..<30 as Range<Int64> {
      #expect(detector.close(empty, quality: window(0.25), atMs: number).transitions.isEmpty)
    }
    var found: [DriftTransition] = []
    for number in 30..<36 as Range<Int64> {
      found += detector.close(empty, quality: window(0.08), atMs: number).transitions
    }
    #expect(found.count == 1 && found.first?.name == "live_ndcg10" && found.first?.subject == .quality)
    #expect(detector.activeAlerts == 1)
    var report = detector.close(empty, atMs: 36)
    #expect(report.quality?.phase == .raised && report.transitions.isEmpty)
    for number in 37..<40 as Range<Int64> { report = detector.close(empty, quality: window(0.25), atMs: number) }
    #expect(report.transitions.first?.change == .resolved && report.activeAlerts == 0)
  }

  @Test func reportAndAlertSayInJSONWhatTheyHold() throws {
    var requests = Requests(seed: 2)
    let reference = try requests.reference(groups: 200)
    let sampler = ServedVectorSampler(reference: reference, seed: 2)
    var thresholds = DriftThresholds()
    thresholds.hysteresis = 1
    var detector = DriftDetector(reference: reference, thresholds: thresholds)
    let report = detector.close(
      requests.window(reference, sampler, requests: 600) { $0 == 3 ? 0 : $1 }, atMs: 1_700_000_000_000)
    let body = try JSONValue.parse(report.json.bytes)
    #expect(body["alerts_active"] == .integer(1) && body["judged"] == .boolean(true))
    let features = try #require(body["features"]?.arrayValue)
    #expect(features.compactMap { $0["feature"]?.stringValue } == Requests.names + ["prediction"])
    let constant = features[3]
    #expect(constant["state"] == .string("raised"))
    #expect(constant["served"] == .array([1_200, 0, 0, 0].map { .integer($0) }))
    #expect((constant["kl"]?.doubleValue ?? 0) > 1)
    let transition = try #require(report.transitions.first)
    let alert = try JSONValue.parse(DriftAlert(transition, schemaHash: 77, ranker: "ranker-3").json.bytes)
    #expect(alert["feature"] == .string("constant") && alert["subject"] == .string("feature"))
    #expect(alert["state"] == .string("raised") && alert["ranker"] == .string("ranker-3"))
    #expect(alert["at_ms"] == .integer(1_700_000_000_000) && alert["samples"] == .integer(1_200))
    #expect(alert["limits"]?["kl"] == .number(0.1) && alert["measures"]?["kl"] == constant["kl"])
  }
}
