import Artefacts
import Features
import JSON
import Ranking
import Recommender
import Replica
import Telemetry

extension TrainingService {
  /// Trains the ranker and publishes it where the gate lets it pass. Where the ranker that it was compared with has been
  /// withdrawn meanwhile, the comparison is worth nothing: skipped.
  func trainRanker() throws -> TrainingResult {
    let window = inbox.groupWindow()
    let registry = bundle.current.registry
    let training = RankerTraining(registry: registry, recipe: configuration.recipe)
    let present = try champion()
    var progress = TrainingProgress("ranker", clock: clock, log: log)
    let outcome = try training.run(window, champion: present?.champion) { share in
      progress.show(Int(share * 1_000), of: 1_000)
      return !self.request.isMade
    }
    progress.end()
    guard let trained = outcome.trained else {
      log.notice(
        "the new ranker was turned away",
        [
          "reason": "\(outcome.decision.reason)", "ndcg10": .real(outcome.decision.challenger),
          "present": .real(outcome.decision.champion ?? 0),
        ])
      return .rejected
    }
    if let name = present?.name, try isWithdrawn(name) {
      log.notice("the ranker that the new one was compared with has been withdrawn", ["version": "\(name)"])
      return .skipped
    }
    let model = trained.lambdaMART
    let metadata = JSONValue.object([
      "schema_hash": .string(String(model.schemaHash, radix: 16)), "trees": .integer(Int64(model.trees)),
      "groups": .integer(Int64(window.count)), "ndcg10": .number(outcome.decision.challenger),
      RankerArtefact.untilKey: .integer(outcome.trainedUntilMs),
      "champion_ndcg10": outcome.decision.champion.map { .number($0) } ?? .null,
    ])
    let reference = try window.referenceHistograms(registry: registry)
    try publish(RankerArtefact.kind, RankerArtefact.files(trained, reference: reference), metadata)
    return .promoted
  }

  /// The ranker to beat, with what its publisher said of its groups: the directory's current one, which this process may
  /// not have loaded yet, as just after a withdrawal. One that cannot be loaded (another build made it) leaves the one
  /// in use, unless that is withdrawn.
  private func champion() throws -> (champion: RankerTraining.Champion, name: String?)? {
    let loaded = bundle.current
    let inUse = loaded.versions.ranker
    if let current = try artefacts.current(RankerArtefact.kind), current.name != inUse,
      let ranker = read(current, schemaHash: loaded.registry.hash)
    {
      return (RankerTraining.Champion(ranker, trainedUntilMs: Self.untilMs(current)), current.name)
    }
    guard let ranker = loaded.ranker else { return nil }
    let version = try artefacts.versions(of: RankerArtefact.kind).first { $0.name == inUse }
    guard version?.isWithdrawn != true else { return nil }
    return (RankerTraining.Champion(ranker, trainedUntilMs: version.flatMap { Self.untilMs($0) }), inUse)
  }

  private func read(_ version: ArtefactVersion, schemaHash: UInt64) -> (any CandidateRanker)? {
    do {
      let artefact = try artefacts.load(RankerArtefact.kind, version: version.number)
      return try RankerArtefact.model(artefact, schemaHash: schemaHash).ranker()
    } catch {
      log.notice(
        "the current ranker cannot be compared with", ["version": "\(version.name)", "reason": "\(error)"])
      return nil
    }
  }

  private static func untilMs(_ version: ArtefactVersion) -> Int64? {
    version.metadata[RankerArtefact.untilKey]?.integerValue
  }

  private func isWithdrawn(_ name: String) throws(ArtefactError) -> Bool {
    try artefacts.versions(of: RankerArtefact.kind).contains { $0.name == name && $0.isWithdrawn }
  }
}
