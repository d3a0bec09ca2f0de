import Evaluation
import Testing

@Suite struct ProtocolTests {
  private func run(
    _ ratings: GeneratedRatings, _ change: (inout EvaluationOptions) -> Void = { _ in }
  ) throws -> EvaluationReport {
    try ratings.withFolder { folder in
      var options = EvaluationOptions(dataFolder: folder)
      options.slice = 0.6..<1
      options.recipe.kind = .lambdaMART
      options.showsProgress = false
      change(&options)
      return try Evaluator.run(options)
    }
  }

  private let ratings = GeneratedRatings(users: 40, items: 100, count: 1_600, seed: 21)

  @Test func theStaticProtocolAsksOnceForEachUserWithSomethingToFind() throws {
    let report = try run(ratings) { $0.evaluationProtocol = .static }
    let cut = 960
    var met: Set<Int> = []
    for rating in ratings.ratings[..<cut] { met.insert(rating.user * 1_000 + rating.item) }
    var wanted: [Int: Set<Int>] = [:]
    for rating in ratings.ratings[cut...] where rating.stars >= 4 && !met.contains(rating.user * 1_000 + rating.item) {
      wanted[rating.user, default: []].insert(rating.item)
    }
    #expect(report.rows.count == wanted.count)
    #expect(Set(report.rows.map(\.user)).count == wanted.count)
    #expect(report.rows.allSatisfy { (0...1).contains($0.recall20) && (0...1).contains($0.ndcg10) })
    #expect(report.candidateRecall > 0 && report.candidateRecall <= 1)
  }

  @Test func frozenScoresTheSameEventsAndNeverShowsWhatWasMet() throws {
    let online = try run(ratings)
    let frozen = try run(ratings) { $0.isFrozen = true }
    #expect(online.rows.map(\.event) == frozen.rows.map(\.event))
    #expect(online.rows.map(\.isWarm) == frozen.rows.map(\.isWarm))
    #expect(online.rows != frozen.rows)
  }

  @Test func theLimitCutsTheScoredCases() throws {
    let all = try run(ratings)
    let some = try run(ratings) { $0.limit = 25 }
    #expect(some.rows == Array(all.rows.prefix(25)))
  }

  @Test(arguments: EvaluationOptions.Part.allCases)
  func everyPartCanBeSwitchedOff(part: EvaluationOptions.Part) throws {
    let all = try run(ratings)
    let without = try run(ratings) { $0.without = [part] }
    #expect(all.rows.map(\.event) == without.rows.map(\.event))
    // So small a log retrains nothing but the ranker; the other parts must show.
    if ![.linearRefit, .itemVectors, .rankerRetraining].contains(part) { #expect(all.rows != without.rows) }
  }
}
