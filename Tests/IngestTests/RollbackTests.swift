import Artefacts
import Features
import JSON
import Lifecycle
import Ranking
import Recommender
import Replica
import State
import Telemetry
import Testing

@testable import Training

private let hasLibrary = (try? LightGBM.load()) != nil

/// A bad ranker is published, serves, is found out by what users like, and goes.
@Suite(.serialized) struct RollbackTests {
  private let registry = FeatureRegistry.standard

  /// Popular items first; as a forest that LightGBM has trained.
  private func goodModel() throws -> RankerModel {
    let column = registry.rankColumns.lowerBound + (try #require(ScoreColumn.sources.firstIndex(of: .popular2000)))
    var groups = RankingGroups(columns: registry.count)
    for number in 0..<100 {
      var rows = [Float](repeating: 0, count: 60 * registry.count)
      for row in 0..<60 { rows[row * registry.count + column] = Float((row + number) % 60) }
      try groups.append(rows: rows, labels: (0..<60).map { UInt8(3 - min(3, ($0 + number) % 60 / 6)) })
    }
    var parameters = LambdaMARTParameters()
    parameters.rounds = 20
    parameters.minimumRowsInLeaf = 20
    parameters.featureShare = 1
    return try LambdaMARTTrainer(parameters: parameters).train(
      groups, featureNames: registry.names, schemaHash: registry.hash)
  }

  /// The same with every score negated.
  private func negated(_ model: RankerModel) -> RankerModel {
    let lines = model.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard line.hasPrefix("leaf_value=") else { return String(line) }
      let values = line.dropFirst("leaf_value=".count).split(separator: " ")
      return "leaf_value=" + values.map { $0.hasPrefix("-") ? String($0.dropFirst()) : "-" + $0 }.joined(separator: " ")
    }
    return RankerModel(
      text: lines.joined(separator: "\n"), featureNames: model.featureNames, schemaHash: model.schemaHash,
      gains: model.gains, trees: model.trees, validationNDCG: nil, trainGroups: 0, validationGroups: 0)
  }

  private func publish(_ model: RankerModel, untilMs: Int64, _ artefacts: ArtefactStore) throws -> ArtefactVersion {
    try artefacts.publish(
      kind: RankerArtefact.kind,
      files: RankerArtefact.files(TrainedRanker(lambdaMART: model, network: nil), reference: nil),
      metadata: .object([RankerArtefact.untilKey: .integer(untilMs)]), createdMs: 0)
  }

  @Test(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup"))
  func aBadRankerGoesAndTheOneBeforeServesAgain() throws {
    let live = try LiveMember(seed: 1)
    let artefacts = live.artefacts
    let good = try goodModel()
    #expect(try publish(good, untilMs: 10, artefacts).number == 1)
    try live.run()
    let service = RankerWatch(
      kind: RankerArtefact.kind, quality: live.quality, artefacts: artefacts, metrics: live.metrics)
    #expect(try live.like(400))
    service.look()
    #expect(live.quality.watch == QualityGuard.Watch(version: 1, answers: 400, before: nil, answersBefore: 0))

    #expect(try publish(negated(good), untilMs: 20, artefacts).number == 2)
    #expect(live.keeper.refresh() && live.keeper.holder.current.versions.ranker == "ranker-2")
    let bad = live.keeper.holder.current
    #expect(try live.like(320))
    let figures = live.quality.figures(catalogueCount: 1)
    print("live NDCG@10 over both \(figures.ndcg10), popularity \(figures.popularityNDCG10)")
    service.look()
    #expect(try artefacts.versions(of: "ranker").map(\.isWithdrawn) == [true, false])
    #expect(live.metrics.rankerWithdrawals.value == 1)
    // Another member comes to the same verdict later.
    #expect(try artefacts.withdraw("ranker-2", of: "ranker") == nil)

    try championIsTheGoodOne(live, bundle: bad, good: good)
    #expect(live.keeper.refresh() && live.keeper.holder.current.versions.ranker == "ranker-1")
    #expect(try live.like(50))
    service.look()
    #expect(live.quality.watch?.version == 1)
    #expect(live.metrics.rankerWithdrawals.value == 1)
    #expect(throws: Never.self) { try live.stop()?.get() }
  }

  /// The trainer may still hold the withdrawn version: it is compared with nothing any more.
  private func championIsTheGoodOne(_ live: LiveMember, bundle: Bundle, good: RankerModel) throws {
    let training = TrainingService(
      TrainingService.Configuration(), inbox: TrainingInbox(), mayTrain: { true }, items: live.items,
      bundle: BundleHolder(bundle), artefacts: live.artefacts, announcer: SilentAnnouncer(), metrics: live.metrics)
    let champion = try #require(try training.champion())
    #expect(champion.trainedUntilMs == 10)
    let rows = (0..<8 * registry.count).map { Float($0 % 61) }
    let scratch = RankerScratch(columns: registry.count)
    let scores = [champion.ranker, try ForestRanker(good)].map { ranker in
      var scores = [Double](repeating: 0, count: 8)
      rows.withUnsafeBufferPointer { rows in
        if let rows = rows.baseAddress { ranker.score(rows, rows: 8, scratch: scratch, into: &scores) }
      }
      return scores
    }
    #expect(scores[0] == scores[1])
  }
}
