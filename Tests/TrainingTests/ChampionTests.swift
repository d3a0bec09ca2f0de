import Artefacts
import Features
import Glibc
import JSON
import Lifecycle
import Ranking
import Recommender
import Replica
import State
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Training

private let hasLibrary = (try? LightGBM.load()) != nil

/// Whom a newly trained ranker has to beat.
@Suite(.enabled(if: hasLibrary, "the LightGBM library is not here: make setup")) struct ChampionTests {
  let folder: TemporaryFolder
  let artefacts: ArtefactStore
  let registry = FeatureRegistry.standard
  let inbox = TrainingInbox()
  let holder: BundleHolder

  init() throws {
    folder = try TemporaryFolder()
    artefacts = try ArtefactStore(directory: folder.path, keep: 5)
    holder = BundleHolder(Bundle(content: ContentTable(ItemState().catalogue), registry: .standard))
  }

  /// Groups in which the first feature tells the wanted row, or, turned round, tells it by being small.
  private func groups(_ count: Int, seed: UInt64, isTurned: Bool) -> [TrainingGroup] {
    var random = GroupRandom(seed: seed, sequence: 0)
    return (0..<count).map { number in
      var rows: [Float] = []
      let wanted = random.below(8)
      for place in 0..<8 {
        var row = [Float](repeating: 0, count: registry.count)
        row[0] = Float(random.below(100)) / 100 + (place == wanted ? (isTurned ? -0.7 : 0.7) : 0)
        rows += row
      }
      let labels = (0..<8).map { $0 == wanted ? GroupSettings.targetLabel : 0 }
      return TrainingGroup(
        sequence: UInt64(number), userHash: UInt64(number), timeMs: Int64(number) * 1_000, rows: rows, labels: labels,
        registryHash: registry.hash)
    }
  }

  private var recipe: RankerRecipe {
    var recipe = RankerRecipe()
    recipe.kind = .lambdaMART
    recipe.lambdaMART.rounds = 40
    recipe.lambdaMART.minimumRowsInLeaf = 20
    return recipe
  }

  private func publish(isTurned: Bool) throws -> (name: String, ranker: any CandidateRanker) {
    var set = RankingGroups(columns: registry.count)
    for group in groups(200, seed: 1, isTurned: isTurned) { try set.append(rows: group.rows, labels: group.labels) }
    // Fewer trees than the next one has: the gate lets that pass.
    var small = recipe
    small.lambdaMART.rounds = 3
    let trained = try small.train(set, registry: registry)
    // Trained until before the window: all its newest groups are unseen.
    let version = try artefacts.publish(
      kind: RankerArtefact.kind, files: RankerArtefact.files(trained, reference: nil),
      metadata: .object([RankerArtefact.untilKey: .integer(-1)]), createdMs: 1)
    return (version.name, try trained.ranker())
  }

  private func serve(_ ranker: (name: String, ranker: any CandidateRanker)) {
    var versions = BundleVersions()
    versions.ranker = ranker.name
    let old = holder.current
    holder.swap(Bundle(content: old.content, ranker: ranker.ranker, registry: old.registry, versions: versions))
  }

  private func service(clock: any FreshetClock = SystemClock()) -> TrainingService {
    var configuration = TrainingService.Configuration()
    configuration.recipe = recipe
    return TrainingService(
      configuration, inbox: inbox, mayTrain: { true }, items: ItemState(), bundle: holder, artefacts: artefacts,
      announcer: SilentAnnouncer(), metrics: FreshetMetrics(), clock: clock)
  }

  @Test func aWithdrawnRankerIsNobodyToBeat() throws {
    for group in groups(400, seed: 2, isTurned: false) { inbox.received(group) }
    let good = try publish(isTurned: false)
    let bad = try publish(isTurned: true)
    // This process has not swapped yet.
    serve(bad)
    #expect(try artefacts.withdraw(bad.name, of: RankerArtefact.kind)?.name == good.name)
    #expect(try service().trainOnce(.ranker))
    let published = try #require(try artefacts.current(RankerArtefact.kind))
    #expect(published.number == 3)
    let before = try #require(published.metadata["champion_ndcg10"]?.doubleValue)
    #expect(before > 0.7, "NDCG@10 of the good one, not of the one that was withdrawn: \(before)")
  }

  @Test func withoutAnotherTheFirstOneNeedsToBeatNobody() throws {
    for group in groups(400, seed: 3, isTurned: false) { inbox.received(group) }
    let good = try publish(isTurned: false)
    let bad = try publish(isTurned: true)
    serve(bad)
    _ = try artefacts.withdraw(bad.name, of: RankerArtefact.kind)
    // The one before belongs to another build: it cannot be compared with.
    #expect(truncateModel(of: good.name))
    #expect(try service().trainOnce(.ranker))
    #expect(try artefacts.current(RankerArtefact.kind)?.metadata["champion_ndcg10"]?.doubleValue == nil)
  }

  /// Same size, so that it is listed as whole.
  private func truncateModel(of name: String) -> Bool {
    let path = folder.path + "/ranker/000000000001/model.txt"
    guard name == "ranker-1", let file = fopen(path, "r+") else { return false }
    defer { fclose(file) }
    return fputs("no model", file) >= 0
  }

  @Test func whatWasComparedWithAWithdrawnRankerIsNotPublished() throws {
    for group in groups(400, seed: 4, isTurned: false) { inbox.received(group) }
    _ = try publish(isTurned: false)
    let bad = try publish(isTurned: true)
    serve(bad)
    // The clock is first read when the training has begun: users turn away from the ranker just then.
    let artefacts = artefacts
    let service = service(
      clock: InterruptingClock { _ = try? artefacts.withdraw(bad.name, of: RankerArtefact.kind) })
    #expect(try service.trainRanker() == .skipped)
    #expect(try artefacts.current(RankerArtefact.kind)?.number == 1)
    #expect(try service.trainRanker() == .promoted, "the next time it is compared with the one that serves")
    #expect(try artefacts.current(RankerArtefact.kind)?.number == 3)
  }
}

/// Does something at its first reading.
private final class InterruptingClock: FreshetClock {
  private let interrupt: @Sendable () -> Void
  private let isDone = Atomic<Bool>(false)

  init(_ interrupt: @escaping @Sendable () -> Void) { self.interrupt = interrupt }

  var monotonicNanoseconds: UInt64 {
    if !isDone.exchange(true, ordering: .acquiringAndReleasing) { interrupt() }
    return SystemClock().monotonicNanoseconds
  }
  var nowMilliseconds: Int64 { SystemClock().nowMilliseconds }
}
