/// Every benchmark there is, in the order of the table.
enum Suite {
  static func all() -> [Benchmark] {
    identity + json + state + ranking + recommender + store + http
  }
}
