import Artefacts
import Features
import JSON
import Ranking
import Recommender
import Replica
import TestSupport
import Testing

@testable import Training

private let hasLibrary = (try? LightGBM.load()) != nil

/// From what users like to the version that serves, through real parts.
@Suite(.serialized) struct RollbackTests {
  private static let recipe: RankerRecipe = {
    var recipe = RankerRecipe()
    recipe.kind = .lambdaMART
    recipe.lambdaMART.rounds = 20
    recipe.lambdaMART.minimumRowsInLeaf = 50
    return recipe
  }()

  private func publish(_ groups: RankingGroups, _ rig: LiveRig) throws -> String {
    let registry = FeatureRegistry.standard
    let trained = try Self.recipe.train(groups, registry: registry)
    return try rig.artefacts.publish(
      kind: RankerArtefact.kind, files: RankerArtefact.files(trained, reference: nil), metadata: .object([:]),
      createdMs: 1
    ).name
  }

  /// The same lists, wanted the other way round.
  private func reversed(_ groups: RankingGroups) throws -> RankingGroups {
    var result = RankingGroups(columns: groups.columns)
    var start = 0
    for size in groups.sizes {
      let rows = start..<start + Int(size)
      start = rows.upperBound
      try result.append(
        rows: Array(groups.matrix[rows.lowerBound * groups.columns..<rows.upperBound * groups.columns]),
        labels: groups.labels[rows].map { $0 == 0 ? GroupSettings.targetLabel : 0 })
    }
    return result
  }

  /// Lets users go on, a hundred likes at a time, until `condition` holds.
  private func live(
    _ rig: LiveRig, _ world: inout SortedTastes, atMost likes: Int, until condition: () throws -> Bool
  ) throws -> Bool {
    for _ in 0..<likes / 100 {
      if try condition() { return true }
      for _ in 0..<100 {
        let like = world.next()
        try rig.like(user: like.user, item: like.item, timeMs: like.timeMs)
      }
      #expect(rig.settle())
    }
    return try condition()
  }

  @Test(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup"))
  func aRankerThatUsersLikeLessGoesAndTheOneBeforeServesAgain() throws {
    let rig = try LiveRig()
    defer { rig.stop() }
    var world = SortedTastes(seed: 11)
    #expect(try live(rig, &world, atMost: 4_000) { rig.inbox.groupCount >= 800 })
    let groups = try rig.inbox.groupWindow().trainingSet(registry: .standard)

    let good = try publish(groups, rig)
    #expect(Waiting.until { rig.rankerInUse == good })
    let before = rig.gains.count
    #expect(try live(rig, &world, atMost: 20_000) { rig.gains.count >= before + 700 })
    let liked = rig.gains.mean(newest: 500)

    let bad = try publish(try reversed(groups), rig)
    #expect(Waiting.until { rig.rankerInUse == bad })
    let since = rig.gains.count
    var disliked = 1.0
    #expect(
      try live(rig, &world, atMost: 20_000) {
        if rig.gains.count >= since + 400, rig.rankerInUse == bad { disliked = rig.gains.mean(newest: 200) }
        return try rig.artefacts.current(RankerArtefact.kind)?.name == good
      })
    print("RollbackTests: NDCG@10 \(liked) under \(good), \(disliked) under \(bad), seed 11")
    #expect(disliked < liked / 2)
    #expect(Waiting.until { rig.rankerInUse == good })
    #expect(rig.metrics.rankerWithdrawals.value == 1)
    let reason = try #require(rig.quality.lastWithdrawal)
    #expect("ranker-\(reason.version)" == bad && "ranker-\(reason.before)" == good && reason.gain < reason.gainBefore)
    #expect(reason.answers >= QualityGuard.Bounds().minimumAnswers)

    // Users get what they like again, and the next version is judged by its own answers.
    let third = try publish(groups, rig)
    #expect(Waiting.until { rig.rankerInUse == third })
    let later = rig.gains.count
    #expect(try live(rig, &world, atMost: 20_000) { rig.gains.count >= later + 700 })
    #expect(rig.gains.mean(newest: 500) > (liked + disliked) / 2)
    #expect(rig.rankerInUse == third && rig.metrics.rankerWithdrawals.value == 1)
    #expect(
      try rig.artefacts.versions(of: RankerArtefact.kind).map(\.isWithdrawn) == [false, true, false], "newest first")
  }
}
