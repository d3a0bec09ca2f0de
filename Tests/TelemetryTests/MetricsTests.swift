import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct CounterTests {
  @Test func cellsOfWorkersAreSummed() {
    let counter = MetricRegistry().counter("a_total", "A.")
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      let mine = counter.worker()
      for _ in 0..<10_000 {
        mine.add()
        counter.add(2)
      }
    }
    #expect(counter.value == 4 * 10_000 * 3)
  }

  @Test func gaugesAddWithoutLoss() {
    let gauge = MetricRegistry().gauge("g", "G.")
    DispatchQueue.concurrentPerform(iterations: 4) { _ in for _ in 0..<10_000 { gauge.add(0.5) } }
    #expect(gauge.value == 20_000)
    gauge.set(-1)
    #expect(gauge.value == -1)
  }
}

@Suite struct HistogramTests {
  @Test func aValueBelongsToTheFirstBucketThatIsNotBelowIt() {
    let histogram = MetricRegistry().histogram("h", "H.", bounds: [1, 2, 4])
    for value in [-1, 0, 1, 1.5, 2, 3, 4, 5, 1e300, .infinity] { histogram.observe(value) }
    histogram.observe(.nan)
    #expect(histogram.snapshot().counts == [3, 2, 2, 3])
    #expect(histogram.snapshot().sum.isFinite)
    #expect(histogram.unusableObservations == 1)
  }

  @Test func agesOfDecadesDoNotOverflowTheSum() {
    let histogram = MetricRegistry().histogram("h", "H.", bounds: [1])
    for _ in 0..<1_000 { histogram.observe(9e8) }
    #expect(histogram.snapshot().sum == 9e11)
  }

  @Test func concurrentObservationsAreAllCounted() {
    let histogram = MetricRegistry().histogram("h", "H.", bounds: [0.5, 1.5])
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for index in 0..<5_000 { histogram.observe(Double((thread + index) % 3)) }
    }
    #expect(histogram.snapshot().count == 20_000)
    #expect(abs(histogram.snapshot().sum - 20_000) < 20)
  }

  @Test(arguments: [UInt64(1), 2, 3]) func quantilesLieWithinABucketOfTheExactOnes(seed: UInt64) throws {
    let bounds = (1...50).map { Double($0) * 2 }
    let histogram = MetricRegistry().histogram("h", "H.", bounds: bounds)
    var state = seed
    var values: [Double] = []
    for _ in 0..<2_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      values.append(Double(state >> 11) / Double(1 << 53) * 100)
      histogram.observe(values[values.count - 1])
    }
    values.sort()
    for q in [0.01, 0.5, 0.9, 0.99] {
      let estimate = try #require(histogram.snapshot().quantile(q))
      #expect(abs(estimate - values[Int(q * 2_000)]) <= 2.1, "seed \(seed) q \(q)")
    }
  }

  @Test func quantilesOfLittleAreDefined() {
    let histogram = MetricRegistry().histogram("h", "H.", bounds: [1, 2])
    #expect(histogram.snapshot().quantile(0.5) == nil)
    histogram.observe(100)
    #expect(histogram.snapshot().quantile(0.5) == 2)
    let before = histogram.snapshot()
    histogram.observe(1)
    #expect(histogram.snapshot().since(before).counts == [1, 0, 0])
  }
}

@Suite struct ExpositionTests {
  /// Everything that a label, a help text and a number can do wrong.
  private func awkward() -> MetricRegistry {
    let registry = MetricRegistry()
    let family = registry.counters("awkward_total", "Back\\slash, \"quotes\",\nand a new line.", labels: ["name", "b"])
    family["a\"b\\c\nd", "é\u{1F980}"].add(3)
    family["", " "].add()
    let gauges = registry.gauges("numbers", "Numbers.", labels: ["which"])
    for value in [Double.nan, .infinity, -.infinity, 1e300, -1e-300, 0, -0.0, 1e15, 123_456_789, 0.1] {
      gauges["\(value)"].set(value)
    }
    let histogram = registry.histograms("sizes", "Sizes.", labels: ["l"], bounds: [0.001, 1, 1e20])
    for value in [-1, 0.5, 1e30, .infinity, .nan] { histogram["x"].observe(value) }
    return registry
  }

  @Test func theFormatIsPrometheus() {
    let text = awkward().exposition()
    #expect(text.contains(#"# HELP awkward_total Back\\slash, "quotes",\nand a new line."# + "\n"))
    #expect(text.contains("# TYPE awkward_total counter\n"))
    #expect(text.contains(#"awkward_total{name="a\"b\\c\nd",b="é🦀"} 3"# + "\n"))
    #expect(text.contains("numbers{which=\"inf\"} +Inf\n"))
    #expect(text.contains("sizes_bucket{l=\"x\",le=\"1\"} 2\n"))
    #expect(text.contains("sizes_bucket{l=\"x\",le=\"+Inf\"} 4\nsizes_sum{l=\"x\"} "))
    #expect(text.contains("sizes_count{l=\"x\"} 4\n"))
  }

  @Test(.enabled(if: Promtool.path != nil, "promtool is not installed (package prometheus)"))
  func promtoolAcceptsAwkwardMetrics() throws {
    let result = try Promtool.run(["check", "metrics"], input: awkward().exposition())
    #expect(result.status == 0, "\(result.output)")
  }

  @Test(.enabled(if: Promtool.path != nil, "promtool is not installed (package prometheus)"))
  func promtoolAcceptsEveryMetricOfTheProduct() throws {
    let metrics = FreshetMetrics(
      labels: .init(features: ["user_age", "item_pop"], sources: ["vector", "trending"], routes: ["/recommend"]))
    metrics.eventsApplied.worker().add(10)
    metrics.eventsRejected["bad_utf8"].add()
    metrics.setLag([(0, 5), (1, 0)])
    metrics.recommendSeconds["total"].observe(Duration.microseconds(1_500))
    metrics.recommendations["no_ranker"].add()
    metrics.trainings["ranker", "rejected"].add()
    metrics.httpRequests["/recommend", "200"].add()
    metrics.setModel(kind: "ranker", version: "r-1", number: 1)
    let result = try Promtool.run(["check", "metrics"], input: metrics.exposition())
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.isEmpty, "\(result.output)")
  }

  @Test func labelsAreBounded() {
    let family = MetricRegistry().counters("x_total", "X.", labels: ["l"], known: [["known"]], limit: 3)
    for index in 0..<100 { family["v\(index)"].add() }
    #expect(family["v0"].value == 1)
    #expect(family["v1"].value == 1)
    #expect(family["other"].value == 98)
    #expect(family["v99"] === family["anything"])
  }

  @Test func aReplacedVersionAndALostPartitionDisappear() {
    let metrics = FreshetMetrics()
    metrics.setModel(kind: "towers", version: "t-1", number: 1)
    metrics.setModel(kind: "ranker", version: "r-1", number: 1)
    metrics.setModel(kind: "ranker", version: "r-2", number: 2)
    metrics.setLag([(0, 1), (1, 2)])
    metrics.setLag([(1, 7)])
    let text = metrics.exposition()
    #expect(!text.contains("version=\"r-1\""))
    #expect(text.contains("freshet_model_info{kind=\"ranker\",version=\"r-2\"} 1\n"))
    #expect(text.contains("freshet_model_info{kind=\"towers\",version=\"t-1\"} 1\n"))
    #expect(text.contains("freshet_model_version{kind=\"ranker\"} 2\n"))
    #expect(!text.contains("partition=\"0\""))
    #expect(text.contains("freshet_consumer_lag{partition=\"1\"} 7\n"))
  }

  @Test func theProcessIsMeasured() throws {
    let sample = try #require(ProcessSample.read())
    #expect(sample.residentBytes > 1e6)
    #expect(sample.openDescriptors >= 3)
    #expect(sample.cpuSeconds >= 0)
    #expect(abs(sample.startTime - Date().timeIntervalSince1970) < 86_400)
  }

  @Test func theTableNamesEveryMetricOnce() {
    let rows = FreshetMetrics.table().split(separator: "\n").dropFirst(2)
    let names = FreshetMetrics().registry.descriptions.map(\.name)
    #expect(rows.count == names.count)
    #expect(names.allSatisfy { $0.hasPrefix("freshet_") })
    for (row, name) in zip(rows, names) { #expect(row.hasPrefix("| `\(name)` |")) }
  }
}
