extension FreshetMetrics {
  /// The text of `GET /metrics`.
  public func exposition() -> String { registry.exposition() }

  /// Shows `version` (and its running number) as the one that is served; the one before disappears.
  public func setModel(kind: String, version: String, number: Int) {
    modelInfo.remove { $0[0] == kind }
    modelInfo[kind, version].set(1)
    modelVersion[kind].set(number)
  }

  /// The lag of the partitions that this process owns: others disappear.
  public func setLag(_ lags: [(partition: Int32, records: Int64)]) {
    let owned = Set(lags.map { String($0.partition) })
    consumerLag.remove { !owned.contains($0[0]) }
    for lag in lags { consumerLag[String(lag.partition)].set(lag.records) }
  }

  /// The README's table of metrics in Markdown: name, type, labels, meaning.
  public static func table() -> String {
    let log = LogSink.standardError
    let rows = FreshetMetrics(log: log).registry.descriptions.map { metric in
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |\n"
    }
    return "| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n" + rows.joined()
  }
}
