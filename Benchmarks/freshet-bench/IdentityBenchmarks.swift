import Identity

extension Suite {
  private static let keyCount = 100_000

  /// Half of the look-ups miss.
  private static func lookups() -> [UInt64] {
    var random = SplitMix(state: 7)
    return (0..<keyCount).map { _ in Hash64.mix(random.next(upperBound: UInt64(2 * keyCount)) + 1) }
  }

  static let identity: [Benchmark] = [
    Benchmark("KeyTable.find, 100k keys", versus: "Dictionary, 100k keys", operations: keyCount) {
      var table = KeyTable()
      for key in 0..<keyCount { table.set(Hash64.mix(UInt64(key) + 1), Int32(key)) }
      let holder = TableHolder(table)
      let keys = lookups()
      return {
        var sum: Int64 = 0
        for key in keys { sum &+= Int64(holder.table.find(key) ?? -1) }
        keep(sum)
      }
    },
    Benchmark("Dictionary, 100k keys", operations: keyCount) {
      var table: [UInt64: Int32] = [:]
      for key in 0..<keyCount { table[Hash64.mix(UInt64(key) + 1)] = Int32(key) }
      let keys = lookups()
      return { [table] in
        var sum: Int64 = 0
        for key in keys { sum &+= Int64(table[key] ?? -1) }
        keep(sum)
      }
    },
  ]

  /// A closure cannot capture a table that is not copyable.
  private final class TableHolder {
    let table: KeyTable
    init(_ table: consuming KeyTable) { self.table = table }
  }
}
