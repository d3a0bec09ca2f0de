import Artefacts
import Identity
import JSON
import Recommender
import State
import Telemetry
import TestSupport
import Testing
import Towers

@testable import Replica

/// From a published training to a bundle that retrieves by it.
@Suite struct BundleKeeperTowerTests {
  let folder: TemporaryFolder
  let artefacts: ArtefactStore
  let items = ItemState()

  init() throws {
    folder = try TemporaryFolder()
    artefacts = try ArtefactStore(directory: folder.path, keep: 3)
    for item in 0..<40 { describe(item) }
    items.publishCatalogue()
  }

  private func describe(_ item: Int) {
    items.describe(EntityID(Int64(item)), ItemMetadata(title: "film \(item)", genres: ["g\(item % 2)"], year: 1_990))
  }

  private func train(version: UInt64) throws -> TowerModel {
    var settings = TowerSettings()
    settings.dimension = 16
    settings.minimumSteps = 10
    var window = TowerWindow()
    for event in 0..<300 {
      let item = ItemKey(EntityID(Int64((event * 7) % 40)))
      window.append(
        TowerWindow.Event(
          user: UInt64(event % 10), item: item, timeMs: Int64(event) * 60_000, stage: UInt32(event / 10), signal: 2,
          gradeSteps: 160, isChosen: true))
    }
    return try #require(
      try TowerTrainer(settings: settings).train(window, items: TowerItems(items.catalogue), version: version))
  }

  private func publish(_ bytes: [UInt8]) throws -> ArtefactVersion {
    try artefacts.publish(
      kind: TowerArtefact.kind, files: [(name: TowerArtefact.fileName, bytes: bytes)], metadata: .object([:]),
      createdMs: 0)
  }

  @Test func aPublishedTrainingComesIntoTheBundleWithItsIndex() throws {
    let metrics = FreshetMetrics()
    let keeper = BundleKeeper(items: items, artefacts: artefacts, metrics: metrics)
    try keeper.start()
    #expect(keeper.holder.current.towers == nil && keeper.holder.current.index == nil)
    let first = try publish(try train(version: 1).bytes())
    #expect(keeper.refresh())
    let bundle = keeper.holder.current
    #expect(bundle.versions.towers == first.name)
    #expect(bundle.towers?.model.version == 1 && bundle.index?.count == 40)
    #expect(metrics.indexSize.value == 40)
    #expect(metrics.indexRecall.value.isNaN, "nobody was served yet, so nothing is known")
    // A new item is placed by its content, in the same index, under the same towers.
    describe(40)
    items.publishCatalogue()
    #expect(keeper.refresh())
    let later = keeper.holder.current
    #expect(later.index?.count == 41 && later.towers?.model.version == 1)
    #expect(later.index?.vector(40) != nil)
    #expect(bundle.index?.count == 40)
    #expect(!keeper.refresh())
    // Towers that cannot be read leave the ones in use.
    _ = try publish([1, 2, 3])
    _ = keeper.refresh()
    #expect(keeper.holder.current.towers?.model.version == 1)
    _ = try publish(try train(version: 2).bytes())
    #expect(keeper.refresh())
    #expect(keeper.holder.current.towers?.model.version == 2 && keeper.holder.current.index?.count == 41)
  }
}
