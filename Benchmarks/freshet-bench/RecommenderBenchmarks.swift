import Features
import Ranking
import Recommender
import State

extension Suite {
  private static let queries = 20

  static let recommender: [Benchmark] = [
    Benchmark("recommend, 500 candidates, no ranker", operations: queries) { try queries(ranker: nil) },
    Benchmark("recommend, 500 candidates, 500 trees", operations: queries) {
      let registry = FeatureRegistry.standard
      let model = try FullRanker.train(columns: registry.count, names: registry.names, schemaHash: registry.hash)
      return try queries(ranker: ForestRanker(model))
    },
  ]

  /// A world with a linear model of all its events, and users who have seen some.
  private static func queries(ranker: ForestRanker?) throws -> () -> Void {
    let world = World()
    let (users, state, entries) = world.fold(keepingEntries: true)
    var window = LinearWindow()
    for entry in entries {
      if let item = state.index(of: entry.interaction.item) { window.append(entry, item: item) }
    }
    // Wide enough that each user has as many candidates as a request may.
    let bundle = Bundle(
      content: ContentTable(state.catalogue), linear: try LinearFit().fit(window), ranker: ranker,
      budgets: SourceBudgets.standard.scaled(by: 4))
    let scratch = RecommendScratch(bundle: bundle)
    let request = RecommendRequest(nowMs: world.endMs)
    let outcome = Recommender.recommend(users[0], request, bundle: bundle, state: state, scratch: scratch)
    guard outcome.candidateCount == RecommendRequest.maximumCandidates else {
      throw BenchmarkError("the world gives \(outcome.candidateCount) candidates, not 500: make it larger")
    }
    return {
      for user in 0..<queries {
        let outcome = Recommender.recommend(users[user], request, bundle: bundle, state: state, scratch: scratch)
        keep(outcome.listCount)
      }
    }
  }
}
