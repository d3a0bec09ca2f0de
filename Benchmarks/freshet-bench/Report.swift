/// The table of measurements.
struct Report {
  private static let heading = [
    "benchmark", "CPU ns/op", "wall ns/op", "op/s (wall)", "allocs/op", "of the alternative",
  ]

  static func text(_ measurements: [Measurement], _ benchmarks: [Benchmark]) -> String {
    let found = Dictionary(uniqueKeysWithValues: measurements.map { ($0.name, $0) })
    var rows = [heading]
    for benchmark in benchmarks {
      guard let own = found[benchmark.name] else { continue }
      var ratio = ""
      if let name = benchmark.alternative, let other = found[name] {
        ratio = "\(decimals(own.cpuNs / other.cpuNs, 2)) x \(name)"
      }
      rows.append([
        own.name, number(own.cpuNs), number(own.wallNs), number(1e9 / own.wallNs), decimals(own.allocations, 2), ratio,
      ])
    }
    let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.indices.map { column in
        let pad = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + pad : column == row.count - 1 ? row[column] : pad + row[column]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func number(_ value: Double) -> String { value < 100 ? decimals(value, 1) : String(Int(value)) }

  static func decimals(_ value: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1) { power, _ in power * 10 }
    let scaled = Int((value * Double(scale)).rounded())
    let digits = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: places - digits.count) + digits
  }
}
