import Features
import Identity
import Recommender
import State
import Testing

@Suite struct LinearTests {
  /// The weights by Gauss-Jordan on X'X + ridge * I, from dense X.
  private func naive(_ ratings: [[Bool]], ridge: Double) -> [[Double]] {
    let n = ratings.first?.count ?? 0
    var a = (0..<n).map { i in
      (0..<n).map { j in
        Double(ratings.count { $0[i] && $0[j] }) + (i == j ? ridge : 0)
      } + (0..<n).map { $0 == i ? 1.0 : 0.0 }
    }
    for pivot in 0..<n {
      let scale = a[pivot][pivot]
      for column in 0..<2 * n { a[pivot][column] /= scale }
      for row in 0..<n where row != pivot {
        let factor = a[row][pivot]
        for column in 0..<2 * n { a[row][column] -= factor * a[pivot][column] }
      }
    }
    return (0..<n).map { i in (0..<n).map { j in i == j ? 0 : -a[i][n + j] / a[j][n + j] } }
  }

  @Test(arguments: [1, 2, 3]) func weightsEqualANaiveInverse(seed: Int) throws {
    var random = SeededGenerator(seed: seed)
    let users = 12
    let items = 7
    var window = LinearWindow()
    var any = Array(repeating: Array(repeating: false, count: items), count: users)
    var liked = any
    for user in 0..<users {
      for item in 0..<items where Bool.random(using: &random) {
        let isPositive = Bool.random(using: &random)
        any[user][item] = true
        liked[user][item] = isPositive
        window.append(entry(user: user, item: item, isPositive: isPositive), item: ItemIndex(item))
      }
    }
    // A repeated meeting counts once.
    window.append(entry(user: 0, item: 0, isPositive: true), item: 0)
    any[0][0] = true
    liked[0][0] = true
    var fit = LinearFit()
    fit.ridge = 2
    let model = try #require(try fit.fit(window))
    for (positives, expected) in [(false, naive(any, ridge: 2)), (true, naive(liked, ridge: 2))] {
      for i in 0..<items {
        for j in 0..<items {
          let weight = try #require(model.weight(from: ItemIndex(i), to: ItemIndex(j), positives: positives))
          #expect(abs(Double(weight) - expected[i][j]) < 1e-4, "seed \(seed), \(i) -> \(j)")
        }
      }
    }
  }

  @Test func anEmptyWindowGivesNoModel() throws {
    #expect(try LinearFit().fit(LinearWindow()) == nil)
  }

  @Test func theWindowForgetsTheOldest() {
    var window = LinearWindow(capacity: 3)
    for item in 0..<5 { window.append(entry(user: 0, item: item, isPositive: true), item: ItemIndex(item)) }
    #expect(window.count == 3)
    #expect(window.items == [2, 3, 4])
    window.append(entry(user: 1, item: 9, isPositive: true), item: 9)
    window.erase(user: 0)
    #expect(window.items == [9])
  }

  @Test func onlyTheMostFrequentItemsAreModelled() throws {
    var window = LinearWindow()
    for user in 0..<4 {
      for item in 0...user { window.append(entry(user: user, item: item, isPositive: true), item: ItemIndex(item)) }
    }
    var fit = LinearFit()
    fit.maximumItems = 2
    let model = try #require(try fit.fit(window))
    #expect(model.count == 2)
    #expect(model.weight(from: 0, to: 1, positives: true) != nil)
    #expect(model.weight(from: 0, to: 3, positives: true) == nil)
  }

  private func entry(user: Int, item: Int, isPositive: Bool) -> AppliedEntry {
    AppliedEntry(
      interaction: Interaction(
        item: ItemKey(EntityID(Int64(item))), typeCode: 0, signal: isPositive ? .positive : .negative,
        grade: Grade(isPositive ? 5 : 2), timeMs: 0), userHash: UInt64(user))
  }
}
