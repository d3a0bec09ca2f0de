/// Every benchmark there is, in the order of the table.
enum Suite {
  static func all() -> [Benchmark] {
    identity + json + events + state + ranking + recommender + store + http
  }
}
