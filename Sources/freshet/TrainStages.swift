import Artefacts
import Foundation
import Ingest
import JSON
import Lifecycle
import Ranking
import Replica
import Settings
import State
import Store
import Telemetry
import Training

/// `freshet train --only STAGE --data DIR`: one stage of the training, offline from a data set, by the code that the roles
/// run. What a stage makes is a version in the artefact directory, where the roles find it.
struct TrainStages {
  /// Before the third tenth of the history models are too poor to be among the features.
  private static let firstRefit = 3

  private let settings: FreshetSettings
  private let history: OfflineHistory
  private let artefacts: ArtefactStore
  private let metrics = FreshetMetrics()

  init(_ settings: FreshetSettings) throws {
    self.settings = settings
    history = try OfflineHistory(settings)
    artefacts = try ArtefactStore(directory: settings.artefactDirectory, keep: settings.artefacts.keep)
  }

  func run() throws {
    switch settings.train.only {
    case .features: try makeFeatures()
    case .towers: try trainTowers()
    case .index: try buildIndex()
    case .ranker: try trainRanker()
    case .load: try load()
    case .all: throw CommandError("train --only all is the role itself: leave --only out")
    }
  }

  private func keeper(_ artefacts: ArtefactStore) throws -> BundleKeeper {
    let keeper = BundleKeeper(
      items: history.state, artefacts: artefacts, metrics: metrics, indexLists: settings.index.lists,
      indexProbe: settings.index.probe)
    try keeper.start()
    return keeper
  }

  private func trainer(
    _ inbox: TrainingInbox, _ keeper: BundleKeeper, _ artefacts: ArtefactStore
  ) -> TrainingService {
    TrainingService(
      TrainingService.Configuration(settings), inbox: inbox, mayTrain: { true }, items: history.state,
      bundle: keeper.holder, artefacts: artefacts, announcer: SilentAnnouncer(), metrics: metrics)
  }

  /// Scores a share of the likes before they are applied, as ingestion does, and keeps the groups that come of it. Linear
  /// model and towers are brought up to date on the way, so that their scores are among the features; in a folder of their
  /// own, as models that are there already know what comes later.
  private func makeFeatures() throws {
    let folder = settings.stateDirectory + "/features"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try? FileManager.default.removeItem(atPath: folder)
    let early = try ArtefactStore(directory: folder, keep: 1)
    let keeper = try keeper(early)
    let trainer = trainer(history.inbox, keeper, early)
    let groups = TrainingInbox(groups: GroupWindow())
    var scoring = LiveScorer.Configuration()
    scoring.share = settings.ranker.sampleShare
    scoring.groups.seed = UInt64(clamping: settings.seed)
    let scorer = LiveScorer(
      scoring, items: history.state, bundle: keeper.holder, quality: LiveQualityMeter(), ranked: { _ in }
    ) { groups.received($0) }
    var part = 0
    try history.replay(into: MemoryStore(), shiftMs: 0, scorer: scorer) {
      part += 1
      guard part >= Self.firstRefit else { return }
      _ = try trainer.trainOnce(.linear)
      _ = try trainer.trainOnce(.towers)
      keeper.refresh()
    }
    let bytes = groups.encodedGroups
    let version = try GroupArtefact.publish(bytes, count: groups.groupCount, to: artefacts)
    Output.print("\(version.name): \(groups.groupCount) groups of \(history.count) events, \(bytes.count) bytes\n")
  }

  private func trainTowers() throws {
    try history.replay(into: MemoryStore(), shiftMs: 0)
    let keeper = try keeper(artefacts)
    let trainer = trainer(history.inbox, keeper, artefacts)
    _ = try trainer.trainOnce(.linear)
    guard try trainer.trainOnce(.towers) else {
      throw CommandError("\(history.count) events are too few to train towers: use a larger set")
    }
    try printCurrent(TowerArtefact.kind)
  }

  /// The index is built wherever towers are loaded, here as in every role; nothing of it is stored.
  private func buildIndex() throws {
    let keeper = try keeper(artefacts)
    guard let index = keeper.indexFigures else {
      throw CommandError("there are no towers in \(artefacts.directory): freshet train --only towers")
    }
    Output.print(
      "\(index.count) vectors in \(index.lists) lists, \(index.probe) searched; roles build it when they load the towers\n"
    )
  }

  private func trainRanker() throws {
    try LightGBM.load(path: settings.ranker.library)
    let inbox = TrainingInbox(groups: GroupWindow())
    guard let artefact = try artefacts.loadNewest(GroupArtefact.kind).artefact else {
      throw CommandError("there are no groups in \(artefacts.directory): freshet train --only features")
    }
    try GroupArtefact.read(artefact) { inbox.received($0) }
    guard try trainer(inbox, keeper(artefacts), artefacts).trainOnce(.ranker) else {
      Output.print("the new ranker is no better than the present one, which stays\n")
      return
    }
    try printCurrent(RankerArtefact.kind)
  }

  /// Users' records into the store, and the item state beside it. A later `freshet run` on the set goes on from there.
  private func load() throws {
    try StoreSession.with(settings) { session in
      try session.requireEmpty()
      var cursor = try FeedCursor.load(history.source, from: session.store, now: SystemClock().nowMilliseconds)
      let positions = try history.replay(into: session.store, shiftMs: cursor.shiftMs)
      try ItemSnapshot.publish(
        history.state, positions: positions, to: artefacts, createdMs: SystemClock().nowMilliseconds)
      cursor.next = history.count
      try cursor.save(history.source, to: session.store)
      let digest = try StateDigest(of: session.store, shards: session.shards)
      Output.print(
        "\(history.count) events of \(digest.users) users and \(history.state.count) items are in \(session.address)\n")
    }
  }

  private func printCurrent(_ kind: String) throws {
    guard let version = try artefacts.current(kind) else { return }
    Output.print("\(version.name) \(String(decoding: version.metadata.bytes, as: UTF8.self))\n")
  }
}
