import Synchronization

/// The metrics of one process, in the order in which they were declared.
///
/// Declared while the process starts; written and read on any thread.
public final class MetricRegistry: Sendable {
  private struct Entry: Sendable {
    let description: MetricDescription
    let write: @Sendable (MetricDescription, inout PrometheusText) -> Void
  }

  /// Most series of one family, unless it says otherwise: a dashboard's worth.
  public static let defaultSeriesLimit = 256

  private let entries = Mutex<[Entry]>([])

  public init() {}

  public var descriptions: [MetricDescription] { entries.withLock { $0.map(\.description) } }

  public func counter(_ name: String, _ help: String) -> Counter {
    let counter = Counter()
    add(name, .counter, help, []) { $1.sample($0.name, [], [], Double(counter.value)) }
    return counter
  }

  public func counters(
    _ name: String, _ help: String, labels: [String], known: [[String]] = [], limit: Int = defaultSeriesLimit
  ) -> CounterFamily {
    let family = CounterFamily(labels: labels, limit: limit, known: known) { Counter() }
    add(name, .counter, help, labels) { description, text in
      for (values, counter) in family.snapshot() {
        text.sample(description.name, labels, values, Double(counter.value))
      }
    }
    return family
  }

  public func gauge(_ name: String, _ help: String) -> Gauge {
    let gauge = Gauge()
    add(name, .gauge, help, []) { $1.sample($0.name, [], [], gauge.value) }
    return gauge
  }

  public func gauges(
    _ name: String, _ help: String, labels: [String], known: [[String]] = [], limit: Int = defaultSeriesLimit
  ) -> GaugeFamily {
    let family = GaugeFamily(labels: labels, limit: limit, known: known) { Gauge() }
    add(name, .gauge, help, labels) { description, text in
      for (values, gauge) in family.snapshot() { text.sample(description.name, labels, values, gauge.value) }
    }
    return family
  }

  /// A value that is read when the metrics are: no thread has to keep it up to date.
  /// - Parameter read: fast and safe on any thread; nil leaves the sample out.
  public func observed(
    _ name: String, _ help: String, kind: MetricDescription.Kind = .gauge, read: @escaping @Sendable () -> Double?
  ) {
    precondition(kind != .histogram, "\(name): a histogram is not one value")
    add(name, kind, help, []) { description, text in
      if let value = read() { text.sample(description.name, [], [], value) }
    }
  }

  public func histogram(_ name: String, _ help: String, bounds: [Double]) -> Histogram {
    let histogram = Histogram(bounds: bounds)
    add(name, .histogram, help, []) { $1.histogram($0.name, [], [], histogram.snapshot()) }
    return histogram
  }

  public func histograms(
    _ name: String, _ help: String, labels: [String], bounds: [Double], known: [[String]] = [],
    limit: Int = defaultSeriesLimit
  ) -> HistogramFamily {
    let family = HistogramFamily(labels: labels, limit: limit, known: known) { Histogram(bounds: bounds) }
    add(name, .histogram, help, labels) { description, text in
      for (values, histogram) in family.snapshot() {
        text.histogram(description.name, labels, values, histogram.snapshot())
      }
    }
    return family
  }

  private func add(
    _ name: String, _ kind: MetricDescription.Kind, _ help: String, _ labels: [String],
    write: @escaping @Sendable (MetricDescription, inout PrometheusText) -> Void
  ) {
    precondition(PrometheusText.isMetricName(name), "\"\(name)\" is not a metric name: [a-zA-Z_:][a-zA-Z0-9_:]*")
    for label in labels {
      precondition(PrometheusText.isLabelName(label), "\"\(label)\" is not a label name: [a-zA-Z_][a-zA-Z0-9_]*")
    }
    let description = MetricDescription(name: name, kind: kind, help: help, labels: labels)
    entries.withLock { entries in
      precondition(!entries.contains { $0.description.name == name }, "the metric \(name) is declared twice")
      entries.append(Entry(description: description, write: write))
    }
  }

  /// Everything in Prometheus' text format 0.0.4: `Content-Type: text/plain; version=0.0.4; charset=utf-8`.
  public func exposition() -> String {
    var text = PrometheusText()
    for entry in entries.withLock({ $0 }) {
      text.header(entry.description)
      entry.write(entry.description, &text)
    }
    return text.output
  }
}
