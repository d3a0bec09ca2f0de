import Evaluation
import Testing

/// No answer may depend on what comes after it.
@Suite struct LeakTests {
  private func rows(_ ratings: GeneratedRatings) throws -> [EvaluationRow] {
    try ratings.withFolder { folder in
      var options = EvaluationOptions(dataFolder: folder)
      options.slice = 0.6..<1
      options.showsProgress = false
      return try Evaluator.run(options).rows
    }
  }

  @Test(arguments: [11, 12, 13]) func whatComesLaterChangesNoEarlierAnswer(seed: Int) throws {
    let original = GeneratedRatings(users: 40, items: 120, count: 2_000, seed: seed)
    var random = SeededGenerator(seed: seed)
    let cut = Int.random(in: 1_300..<1_900, using: &random)
    var altered = original
    // Other items, other stars, another order: everything from the cut on but its times.
    var tail = original.ratings[cut...].shuffled(using: &random)
    for place in tail.indices {
      tail[place].stars = 6 - tail[place].stars
      tail[place].seconds = original.ratings[cut + place].seconds
    }
    altered.ratings.replaceSubrange(cut..., with: tail)
    // Equal times at the cut have no order, so what shares the cut's second is left out.
    let boundary = original.ratings.firstIndex { $0.seconds == original.ratings[cut].seconds } ?? cut
    let before = try rows(original).filter { $0.event < boundary }
    let after = try rows(altered).filter { $0.event < boundary }
    #expect(!before.isEmpty, "seed \(seed)")
    #expect(before == after, "seed \(seed), cut at \(cut)")
  }

  @Test func theSameSeedGivesTheSameReport() throws {
    let ratings = GeneratedRatings(users: 30, items: 80, count: 1_200, seed: 5)
    try ratings.withFolder { folder in
      var options = EvaluationOptions(dataFolder: folder)
      options.slice = 0.6..<1
      options.reportsStages = true
      options.showsProgress = false
      let first = try Evaluator.run(options)
      let second = try Evaluator.run(options)
      #expect(first.measuresText == second.measuresText)
      #expect(first.rows == second.rows)
      #expect(first.rows.count > 100)
    }
  }
}
