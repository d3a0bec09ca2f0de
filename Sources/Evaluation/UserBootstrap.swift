import Identity

/// The 95% interval of a mean over cases that come in clusters: users are drawn with replacement, and a user's cases
/// stay together, because one user's events are far from independent.
public struct UserBootstrap: Sendable {
  /// Draws; the interval's ends then repeat to about 2% of its width.
  public static let draws = 1_000
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// - Parameters:
  ///   - users: of each case, any numbers.
  ///   - values: of each case, as many.
  /// - Returns: nil without a case.
  /// - Complexity: O(draws * distinct users).
  public func interval(users: [Int], values: [Double]) -> (low: Double, high: Double)? {
    precondition(users.count == values.count, "\(users.count) users for \(values.count) values")
    guard !users.isEmpty else { return nil }
    var place: [Int: Int] = [:]
    var sums: [(sum: Double, count: Double)] = []
    for (user, value) in zip(users, values) {
      let index = place[user] ?? sums.count
      if index == sums.count {
        place[user] = index
        sums.append((0, 0))
      }
      sums[index].sum += value
      sums[index].count += 1
    }
    var state = seed
    var means: [Double] = []
    means.reserveCapacity(Self.draws)
    for _ in 0..<Self.draws {
      var sum = 0.0
      var count = 0.0
      for _ in sums.indices {
        state = Hash64.mix(state)
        let drawn = sums[Int(state.multipliedFullWidth(by: UInt64(sums.count)).high)]
        sum += drawn.sum
        count += drawn.count
      }
      means.append(sum / count)
    }
    means.sort()
    return (means[Self.draws * 25 / 1_000], means[Self.draws * 975 / 1_000])
  }
}
