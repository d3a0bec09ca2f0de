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
    Benchmark("features, 500 candidates", operations: 1) {
      let setting = try Setting(ranker: nil)
      _ = setting.ask(0)
      let registry = FeatureRegistry.standard
      return {
        setting.scratch.table.complete(setting.state)
        registry.fill(setting.scratch.matrix, from: setting.scratch.table)
        keep(setting.scratch.matrix[0].bitPattern)
      }
    },
  ]

  private static func queries(ranker: ForestRanker?) throws -> () -> Void {
    let setting = try Setting(ranker: ranker)
    return {
      for user in 0..<queries { keep(setting.ask(user).listCount) }
    }
  }

  /// A world with a linear model of all its events, and users who have seen some.
  private final class Setting {
    let state: ItemState
    let scratch: RecommendScratch
    private let users: [UserRecord]
    private let bundle: Bundle
    private let request: RecommendRequest

    init(ranker: ForestRanker?) throws {
      let world = World()
      let (users, state, entries) = world.fold(keepingEntries: true)
      var window = LinearWindow()
      for entry in entries {
        if let item = state.index(of: entry.interaction.item) { window.append(entry, item: item) }
      }
      // Wide enough that each user has as many candidates as a request may.
      bundle = Bundle(
        content: ContentTable(state.catalogue), linear: try LinearFit().fit(window), ranker: ranker,
        budgets: SourceBudgets.standard.scaled(by: 4))
      scratch = RecommendScratch(bundle: bundle)
      request = RecommendRequest(nowMs: world.endMs)
      self.users = users
      self.state = state
      let found = ask(0).candidateCount
      guard found == RecommendRequest.maximumCandidates else {
        throw BenchmarkError("the world gives \(found) candidates, not 500: make it larger")
      }
    }

    func ask(_ user: Int) -> RecommendOutcome {
      Recommender.recommend(users[user], request, bundle: bundle, state: state, scratch: scratch)
    }
  }
}
