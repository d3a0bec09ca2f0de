/// Writes Prometheus' text format, version 0.0.4.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
struct PrometheusText {
  private(set) var output = ""

  init() { output.reserveCapacity(32 * 1024) }

  mutating func header(_ metric: MetricDescription) {
    output += "# HELP \(metric.name) "
    escape(metric.help, quotes: false)
    output += "\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
  }

  mutating func sample(_ name: String, _ labels: [String], _ values: [String], _ value: Double) {
    output += name
    braces(labels, values, bound: nil)
    output += " "
    number(value)
    output += "\n"
  }

  /// Buckets are cumulative in this format, and `_count` is their last, whatever another thread adds meanwhile.
  mutating func histogram(_ name: String, _ labels: [String], _ values: [String], _ snapshot: HistogramSnapshot) {
    var total: UInt64 = 0
    for (index, count) in snapshot.counts.enumerated() {
      total &+= count
      output += name
      output += "_bucket"
      braces(labels, values, bound: index < snapshot.bounds.count ? snapshot.bounds[index] : .infinity)
      output += " \(total)\n"
    }
    sample(name + "_sum", labels, values, snapshot.sum)
    output += name
    output += "_count"
    braces(labels, values, bound: nil)
    output += " \(total)\n"
  }

  private mutating func braces(_ labels: [String], _ values: [String], bound: Double?) {
    guard !labels.isEmpty || bound != nil else { return }
    output += "{"
    for (index, label) in labels.enumerated() {
      if index > 0 { output += "," }
      output += label
      output += "=\""
      escape(values[index], quotes: true)
      output += "\""
    }
    if let bound {
      if !labels.isEmpty { output += "," }
      output += "le=\""
      number(bound)
      output += "\""
    }
    output += "}"
  }

  private mutating func number(_ value: Double) {
    if value.isNaN {
      output += "NaN"
    } else if value.isInfinite {
      output += value > 0 ? "+Inf" : "-Inf"
    } else if value == value.rounded() && abs(value) < 1e15 {
      output += String(Int64(value))
    } else {
      output += value.description
    }
  }

  private mutating func escape(_ text: String, quotes: Bool) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\"" where quotes: output += "\\\""
      default: output.unicodeScalars.append(scalar)
      }
    }
  }

  static func isMetricName(_ text: String) -> Bool { isName(text, colons: true) }
  static func isLabelName(_ text: String) -> Bool { isName(text, colons: false) && !text.hasPrefix("__") }

  private static func isName(_ text: String, colons: Bool) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x5F: true
      case 0x3A: colons
      default: false
      }
    }
  }
}
