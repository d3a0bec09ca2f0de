import Features
import Ranking
import Recommender
import Testing

@testable import Training

/// What the gate compares on.
@Suite struct RankerTrainingTests {
  private let registry = FeatureRegistry.standard

  /// Groups a second apart in which the first `signals` features tell the wanted row from the others.
  private func window(_ groups: Int, seed: UInt64, signals: Int = 1) -> GroupWindow {
    var random = GroupRandom(seed: seed, sequence: 0)
    var window = GroupWindow()
    for number in 0..<groups {
      var rows: [Float] = []
      var labels: [UInt8] = []
      // Not always the same place: rows of equal scores keep their order.
      let wanted = random.below(8)
      for place in 0..<8 {
        var row = [Float](repeating: 0, count: registry.count)
        for column in 0..<20 {
          row[column] =
            Float(random.below(100)) / 100
            + (place == wanted && column < signals ? 0.5 / Float(signals).squareRoot() : 0)
        }
        rows += row
        labels.append(place == wanted ? GroupSettings.targetLabel : 0)
      }
      window.append(
        TrainingGroup(
          sequence: UInt64(number), userHash: UInt64(number % 50), timeMs: Int64(number) * 1_000, rows: rows,
          labels: labels, registryHash: registry.hash))
    }
    return window
  }

  private var training: RankerTraining {
    var recipe = RankerRecipe()
    recipe.kind = .lambdaMART
    recipe.lambdaMART.rounds = 10
    recipe.lambdaMART.minimumRowsInLeaf = 20
    return RankerTraining(registry: registry, recipe: recipe)
  }

  @Test func theFirstRankerNeedsNobodyToBeat() throws {
    let window = window(400, seed: 1)
    let outcome = try training.run(window, champion: nil) { _ in true }
    #expect(outcome.trained != nil && outcome.decision.isPromoted && outcome.decision.champion == nil)
    #expect(outcome.trainedUntilMs == 399_000)
  }

  @Test func whatTheChampionWasTrainedOnDecidesNothing() throws {
    let window = window(400, seed: 2)
    let first = try #require(try training.run(window, champion: nil) { _ in true }.trained).ranker()
    // 60 groups are the newest 15%.
    for (untilMs, expected) in [(Int64(399_000), 0), (349_000, 50), (340_000, 59), (100_000, 60)] {
      let champion = RankerTraining.Champion(first, trainedUntilMs: untilMs)
      let decision = try training.run(window, champion: champion) { _ in true }.decision
      if expected < PromotionGate().minimumGroups {
        #expect(!decision.isPromoted && decision.reason.hasPrefix("\(expected) groups"), "\(decision)")
      } else {
        #expect(decision.interval != nil && decision.champion != nil, "\(decision)")
      }
      #expect(window.unseenCount(since: untilMs, atMost: 60) == expected)
    }
    #expect(window.unseenCount(since: nil, atMost: 60) == 60, "not known: all are compared")
  }

  /// One tree of one split knows one column; the network can add them up. One that has learned nothing does not go along.
  @Test func theNetworkGoesAlongWhereItHelps() throws {
    var training = training
    let window = window(400, seed: 4, signals: 12)
    for (epochs, rounds, leaves) in [(60, 1, 2), (0, 60, 15)] {
      var recipe = training.recipe
      recipe.kind = .combined
      recipe.lambdaMART.rounds = rounds
      recipe.lambdaMART.leaves = leaves
      recipe.network.epochs = epochs
      training = RankerTraining(registry: registry, recipe: recipe)
      let trained = try #require(try training.run(window, champion: nil) { _ in true }.trained)
      #expect((trained.network != nil) == (epochs > 0), "\(epochs) epochs")
    }
  }

  /// As many lists as anyone likes may be shown: the gate compares on as many groups as without them.
  @Test(arguments: [1, 20])
  func shownListsTakeNoGroupFromTheGate(each: Int) throws {
    let plain = window(400, seed: 5)
    var mixed = GroupWindow()
    for group in plain.groups {
      mixed.append(group)
      var shown = group
      shown.positions = (1...8).map { UInt8($0) }
      for _ in 0..<each { mixed.append(shown) }
    }
    let expected = try plain.trainingSets(registry: registry, newest: 0.15)
    let sets = try mixed.trainingSets(registry: registry, newest: 0.15)
    #expect(sets.newer.groupCount == 60 && sets.newer.matrix == expected.newer.matrix && sets.newer.positions.isEmpty)
    #expect(sets.older.unshown.matrix == expected.older.matrix)
    #expect(sets.older.groupCount == 340 * (1 + each), "nothing that was shown after the first that measures")
    let champion = RankerTraining.Champion(LastFirst(), trainedUntilMs: 0)
    let outcome = try training.run(mixed, champion: champion) { _ in true }
    #expect(outcome.trained != nil && outcome.decision.interval != nil, "\(outcome.decision)")
  }

  /// The network knows no places: where there is nothing but shown lists, the forest goes alone.
  @Test func nothingButShownListsTrainsTheForest() throws {
    var groups = RankingGroups(columns: registry.count)
    for group in window(200, seed: 6).groups {
      try groups.append(rows: group.rows, labels: group.labels, positions: (1...8).map { UInt8($0) })
    }
    var recipe = training.recipe
    recipe.kind = .combined
    let trained = try recipe.train(groups, registry: registry)
    #expect(trained.network == nil && trained.lambdaMART.trees > 0)
  }

  @Test func shownListsDoNotCountTowardsATraining() throws {
    let inbox = TrainingInbox()
    for group in window(3, seed: 7).groups {
      inbox.received(group)
      var shown = group
      shown.positions = (1...8).map { UInt8($0) }
      inbox.received(shown)
    }
    #expect(inbox.counts.groups == 3 && inbox.groupCount == 6)
  }

  @Test func aBetterChallengerTakesOver() throws {
    let window = window(400, seed: 3)
    let champion = RankerTraining.Champion(LastFirst(), trainedUntilMs: 0)
    let outcome = try training.run(window, champion: champion) { _ in true }
    #expect(outcome.trained != nil)
    #expect(outcome.decision.challenger > (outcome.decision.champion ?? 1) + 0.1, "\(outcome.decision)")
  }
}

private struct LastFirst: CandidateRanker {
  func score(
    _ matrix: UnsafePointer<Float>, rows: Int, scratch: borrowing RankerScratch,
    into scores: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<rows { scores[row] = Double(row) }
  }
}
