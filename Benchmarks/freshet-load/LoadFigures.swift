/// How long the answers took, by status.
struct LoadFigures {
  private var latencies: [Int: [UInt64]] = [:]
  /// Connections that ended with a request under way.
  var dropped = 0
  var seconds = 0.0

  mutating func add(status: Int, ns: UInt64) { latencies[status, default: []].append(ns) }

  /// One line for each status, and one for what was dropped.
  var text: String {
    var lines: [String] = []
    for (status, unsorted) in latencies.sorted(by: { $0.key < $1.key }) {
      let sorted = unsorted.sorted()
      func ms(_ quantile: Double) -> String {
        Self.decimals(Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * quantile))]) / 1e6)
      }
      lines.append(
        "\(status): \(sorted.count) answers, \(Int(Double(sorted.count) / seconds))/s, ms p50 \(ms(0.5)) p90 \(ms(0.9)) "
          + "p99 \(ms(0.99)) p99.9 \(ms(0.999)) max \(ms(1))")
    }
    if latencies.isEmpty { lines.append("no answer") }
    if dropped > 0 { lines.append("\(dropped) connections closed under a request") }
    return lines.joined(separator: "\n")
  }

  /// Exit status 0 takes answers, all of them 2xx.
  var isGood: Bool { dropped == 0 && !latencies.isEmpty && latencies.keys.allSatisfy { 200..<300 ~= $0 } }

  private static func decimals(_ value: Double) -> String {
    let scaled = Int((value * 1_000).rounded())
    let digits = String(scaled % 1_000)
    return "\(scaled / 1_000)." + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
