import Identity
import Testing

@testable import Serving

@Suite struct RecentMapTests {
  /// The same in the plainest way: an array, newest last.
  private struct Reference {
    let countLimit: Int
    let costLimit: Int
    var entries: [(key: Int, value: Int, cost: Int)] = []

    mutating func use(_ key: Int) -> Int? {
      guard let place = entries.firstIndex(where: { $0.key == key }) else { return nil }
      entries.append(entries.remove(at: place))
      return entries.last?.value
    }

    mutating func set(_ key: Int, _ value: Int, cost: Int) {
      entries.removeAll { $0.key == key }
      guard countLimit > 0, cost <= costLimit else { return }
      entries.append((key, value, cost))
      while entries.count > countLimit || entries.reduce(0, { $0 + $1.cost }) > costLimit { entries.removeFirst() }
    }
  }

  @Test(arguments: 0..<20) func itHoldsWhatThePlainOneHolds(seed: Int) {
    var random = Hash64.mix(UInt64(seed))
    func below(_ bound: Int) -> Int {
      random = Hash64.mix(random)
      return Int(random % UInt64(bound))
    }
    let limits = (below(12), 1 + below(60))
    var map = RecentMap<Int, Int>(countLimit: limits.0, costLimit: limits.1)
    var reference = Reference(countLimit: limits.0, costLimit: limits.1)
    for step in 0..<600 {
      let key = below(20)
      switch below(8) {
      case 0:
        map.remove(key)
        reference.entries.removeAll { $0.key == key }
      case 1 where step.isMultiple(of: 5):
        map.removeAll { $0 % 7 == key % 7 }
        reference.entries.removeAll { $0.key % 7 == key % 7 }
      case 2, 3, 4:
        let cost = below(20)
        map.set(key, step, cost: cost)
        reference.set(key, step, cost: cost)
      default: #expect(map.use(key) == reference.use(key), "seed \(seed), step \(step)")
      }
      #expect(map.count == reference.entries.count, "seed \(seed), step \(step)")
      #expect(map.cost == reference.entries.reduce(0) { $0 + $1.cost }, "seed \(seed), step \(step)")
    }
  }

  @Test func nothingIsKeptWhereNothingMayBe() {
    var map = RecentMap<Int, Int>(countLimit: 0, costLimit: 10)
    map.set(1, 1, cost: 1)
    #expect(map.count == 0 && map.use(1) == nil)
    map = RecentMap<Int, Int>(countLimit: 5, costLimit: 10)
    map.set(1, 1, cost: 11)
    #expect(map.count == 0)
  }
}
