import Synchronization

/// What a metric is called and what it means: the one source of `/metrics` and of the documentation's table.
public struct MetricDescription: Sendable {
  public enum Kind: String, Sendable { case counter, gauge, histogram }

  public let name: String
  public let kind: Kind
  public let help: String
  public let labels: [String]
}

/// A metric with labels: one instrument for each combination of values.
///
/// Labels are bounded: the values known at the start exist from the start, at zero, so that a rate is right from the
/// first event; at most `limit` series exist, and what comes after them is counted under `other`.
public final class MetricFamily<Instrument: AnyObject & Sendable>: Sendable {
  /// The label value that stands for all beyond the limit.
  public static var overflow: String { "other" }
  /// Longest label value; more is cut.
  static var maximumValueCharacters: Int { 128 }

  package let labels: [String]
  package let limit: Int
  private let make: @Sendable () -> Instrument
  private let series: Mutex<[(values: [String], instrument: Instrument)]>

  package init(
    labels: [String], limit: Int, known: [[String]], make: @escaping @Sendable () -> Instrument
  ) {
    self.labels = labels
    self.limit = limit
    self.make = make
    series = Mutex([])
    for values in known { _ = find(values) }
  }

  /// The instrument of these values, made when it is new. Takes a lock: hot paths keep what they get.
  /// - Precondition: as many values as labels.
  public subscript(values: String...) -> Instrument { find(values) }

  package func find(_ values: [String]) -> Instrument {
    precondition(values.count == labels.count, "labels \(labels) need as many values, got \(values)")
    let short = values.map { String($0.prefix(Self.maximumValueCharacters)) }
    return series.withLock { series in
      if let known = series.first(where: { $0.values == short }) { return known.instrument }
      let key = series.count < limit ? short : labels.map { _ in Self.overflow }
      if let known = series.first(where: { $0.values == key }) { return known.instrument }
      let instrument = make()
      series.append((key, instrument))
      return instrument
    }
  }

  /// Forgets the series that match: a partition that was taken away, a version that was replaced. An instrument that
  /// somebody still holds goes on working and is no longer shown.
  public func remove(where match: ([String]) -> Bool) {
    series.withLock { series in series.removeAll { match($0.values) } }
  }

  package func snapshot() -> [(values: [String], instrument: Instrument)] { series.withLock { $0 } }
}

public typealias CounterFamily = MetricFamily<Counter>
public typealias GaugeFamily = MetricFamily<Gauge>
public typealias HistogramFamily = MetricFamily<Histogram>
