import Artefacts
import Drift
import Features
import JSON
import Lifecycle
import Ranking
import Recommender
import Retrieval
import State
import Synchronization
import Telemetry
import Towers

/// Keeps the bundle that requests read: loads each new version of a model beside the old one, makes a new bundle, swaps.
/// The one writer of its `holder`.
public final class BundleKeeper: Service {
  /// How often the artefact directory and the catalogue are looked at where nobody announces anything: new versions
  /// come minutes apart, new items seconds.
  static let interval = Duration.milliseconds(250)

  public let name = "bundle"
  public let holder: BundleHolder
  private let items: ItemState
  private let artefacts: ArtefactStore
  private let metrics: FreshetMetrics
  private let log = Logger("bundle")
  private let request = StopRequest()
  private let loaded = Mutex(LoadedModels())
  let index: IndexKeeper

  /// - Parameter items: the process's item state: models are translated to its indices.
  public init(
    items: ItemState, artefacts: ArtefactStore, metrics: FreshetMetrics, registry: FeatureRegistry = .standard,
    budgets: SourceBudgets = .standard, indexLists: Int = IndexShape.standardLists,
    indexProbe: Int = IndexShape.standardProbe, indexPolicy: IndexRebuildPolicy = IndexRebuildPolicy(),
    clock: any FreshetClock = SystemClock()
  ) {
    index = IndexKeeper(lists: indexLists, probe: indexProbe, policy: indexPolicy, metrics: metrics, clock: clock)
    self.items = items
    self.artefacts = artefacts
    self.metrics = metrics
    holder = BundleHolder(Bundle(content: ContentTable(items.catalogue), registry: registry, budgets: budgets))
  }

  /// What the index is, and how well it finds; nil before the first towers. Any thread.
  public var indexFigures: (count: Int, lists: Int, probe: Int, recall: Double?)? {
    index.snapshot.map { ($0.count, $0.shape.lists, $0.shape.probe, index.recall) }
  }

  /// Offers a served user's vector, for measuring the index's recall. Any thread; never waits.
  public func served(_ scratch: RecommendScratch) {
    if let bound = index.bound { index.sample(scratch, dimension: bound.model.dimension) }
  }

  /// What is loaded at present. Any thread.
  public var models: LoadedModels { loaded.withLock { $0 } }

  /// Loads what is there, so that the first request finds it.
  public func start() throws {
    holder.swap(rebuilt(LoadedModels(), content: ContentTable(items.catalogue)))
    _ = refresh()
  }

  public func run() throws {
    while !request.wait(atMost: Self.interval) { refresh() }
  }

  public func stop(by deadline: Deadline) { request.make() }

  /// One look at the directory and the catalogue.
  /// - Returns: whether the bundle was swapped.
  @discardableResult public func refresh() -> Bool {
    var models = self.models
    var isChanged = refreshRanker(&models)
    isChanged = refreshLinear(&models) || isChanged
    let catalogue = items.catalogue
    let isStale = holder.current.content.revision != catalogue.revision
    isChanged = refreshVectors(&models, catalogue) || isChanged
    guard isChanged || isStale else { return false }
    let content = isStale ? ContentTable(catalogue) : holder.current.content
    loaded.withLock { $0 = models }
    holder.swap(rebuilt(models, content: content))
    return true
  }

  private func rebuilt(_ models: LoadedModels, content: ContentTable) -> Bundle {
    let old = holder.current
    var versions = BundleVersions()
    versions.ranker = models.ranker?.version.name
    versions.rankerNumber = models.ranker?.version.number
    versions.linear = UInt64(clamping: models.linear?.version.number ?? 0)
    versions.towers = models.towers?.version.name
    let vectors = index.snapshot
    versions.index = vectors.map { "index-\($0.generation)" }
    return Bundle(
      content: content, linear: models.linear?.value, towers: vectors == nil ? nil : index.bound, index: vectors,
      ranker: models.ranker?.value.ranker, registry: old.registry,
      budgets: old.budgets, versions: versions)
  }

  private func refreshRanker(_ models: inout LoadedModels) -> Bool {
    let schemaHash = holder.current.registry.hash
    return refresh(&models, RankerArtefact.kind, \.ranker) { artefact in
      let model = try RankerArtefact.model(artefact, schemaHash: schemaHash)
      return LoadedRanker(
        model: model.lambdaMART, ranker: try model.ranker(),
        reference: try RankerArtefact.reference(artefact, schemaHash: schemaHash))
    }
  }

  private func refreshLinear(_ models: inout LoadedModels) -> Bool {
    refresh(&models, LinearArtefact.kind, \.linear) { artefact in
      try artefact.file(LinearArtefact.fileName).withUnsafeBytes { bytes in
        try LinearModel.decode(bytes) { self.items.index(of: $0) }
      }
    }
  }

  /// - Returns: whether towers or index are others now.
  private func refreshVectors(_ models: inout LoadedModels, _ catalogue: Catalogue) -> Bool {
    let isNew = refresh(&models, TowerArtefact.kind, \.towers) { artefact in
      try artefact.file(TowerArtefact.fileName).withUnsafeBytes { bytes in try TowerModel.decode(bytes) }
    }
    do {
      if isNew, let towers = models.towers {
        try index.take(towers.value, catalogue)
        return true
      }
      let before = index.snapshot?.generation
      try index.follow(catalogue)
      _ = try index.watch()
      return index.snapshot?.generation != before
    } catch {
      log.error("the vector index could not be changed; the one in use stays", ["reason": "\(error)"])
      return false
    }
  }

  /// Loads the current version of a kind, where it is not the one in use. A version that cannot be used is reported
  /// once; the one in use stays.
  private func refresh<Value>(
    _ models: inout LoadedModels, _ kind: String, _ path: WritableKeyPath<LoadedModels, LoadedModel<Value>?>,
    decode: (Artefact) throws -> Value
  ) -> Bool {
    let number: Int64
    do {
      guard let current = try artefacts.current(kind) else { return false }
      number = current.number
    } catch {
      report(kind, 0, error, &models)
      return false
    }
    guard models[keyPath: path]?.version.number != number, models.refused[kind] != number else { return false }
    do {
      let artefact = try artefacts.load(kind, version: number)
      models[keyPath: path] = LoadedModel(version: artefact.version, value: try decode(artefact))
      metrics.setModel(kind: kind, version: artefact.version.name, number: Int(artefact.version.number))
      log.info("model in use", ["kind": "\(kind)", "version": "\(artefact.version.name)"])
      return true
    } catch {
      report(kind, number, error, &models)
      return false
    }
  }

  private func report(_ kind: String, _ number: Int64, _ error: any Error, _ models: inout LoadedModels) {
    guard models.refused[kind] != number else { return }
    models.refused[kind] = number
    loaded.withLock { $0.refused[kind] = number }
    log.error(
      "a model cannot be used; the one in use stays",
      ["kind": "\(kind)", "version": .integer(number), "reason": "\(error)"])
  }
}

/// A model with the version that it was read from.
public struct LoadedModel<Value: Sendable>: Sendable {
  public let version: ArtefactVersion
  public let value: Value
}

public struct LoadedRanker: Sendable {
  public let model: RankerModel
  public let ranker: any CandidateRanker
  /// What its features looked like in training; nil where it was published without.
  public let reference: ReferenceHistograms?
}

/// The models of the present bundle.
public struct LoadedModels: Sendable {
  public internal(set) var ranker: LoadedModel<LoadedRanker>?
  public internal(set) var linear: LoadedModel<LinearModel>?
  public internal(set) var towers: LoadedModel<TowerModel>?
  /// Versions that could not be used, by kind: they are not tried again.
  var refused: [String: Int64] = [:]
}
