import Artefacts
import Features
import JSON
import Lifecycle
import Ranking
import Recommender
import Replica
import State
import Telemetry
import Towers

/// The trainings, one after another on one thread of low priority: each looks at its clock, takes a copy of its window,
/// trains, and publishes what passes its gate. Nothing waits for it.
public final class TrainingService: Service {
  public struct Configuration: Sendable {
    public var recipe = RankerRecipe()
    public var rankerInterval = Duration.seconds(600)
    public var linear = LinearFit()
    public var towers = TowerSettings()
    /// Least time between two trainings of the towers.
    public var towerInterval = Duration.seconds(30)
    /// Between looks at the clocks.
    public var interval = Duration.milliseconds(500)

    public init() {}
  }

  public let name = "train"
  let configuration: Configuration
  let inbox: TrainingInbox
  /// Whether this process is the one that trains at present.
  let mayTrain: @Sendable () -> Bool
  let items: ItemState
  let bundle: BundleHolder
  let artefacts: ArtefactStore
  let announcer: any ArtefactAnnouncer
  let metrics: FreshetMetrics
  let clock: any FreshetClock
  let log = Logger("train")
  let request = StopRequest()

  public init(
    _ configuration: Configuration, inbox: TrainingInbox, mayTrain: @escaping @Sendable () -> Bool,
    items: ItemState, bundle: BundleHolder,
    artefacts: ArtefactStore, announcer: any ArtefactAnnouncer, metrics: FreshetMetrics,
    clock: any FreshetClock = SystemClock()
  ) {
    self.configuration = configuration
    self.inbox = inbox
    self.mayTrain = mayTrain
    self.items = items
    self.bundle = bundle
    self.artefacts = artefacts
    self.announcer = announcer
    self.metrics = metrics
    self.clock = clock
  }

  public func start() throws {}

  public func run() throws {
    var linear = LinearClock()
    var towers = TowerClock()
    var towersAt = Deadline(after: .zero, clock: clock)
    var ranker = RankerClock(interval: configuration.rankerInterval, clock: clock)
    while !request.wait(atMost: configuration.interval) {
      guard mayTrain() else { continue }
      let counts = inbox.counts
      if linear.isDue(learned: counts.learned) {
        perform("linear") { try self.fitLinear() }
        linear.wasFitted(learned: counts.learned)
      }
      if towersAt.hasPassed, let due = towers.due(learned: Int(clamping: counts.learned)) {
        perform("towers") { try self.trainTowers(due) }
        towers.wasTrained(due, learned: Int(clamping: counts.learned))
        towersAt = Deadline(after: configuration.towerInterval, clock: clock)
      }
      if ranker.isDue(received: counts.groups) {
        perform("ranker") { try self.trainRanker() }
        ranker.wasTrained(received: counts.groups)
      }
    }
  }

  public func stop(by deadline: Deadline) { request.make() }

  /// Runs one training; a failure is reported, and the model in use stays.
  private func perform(_ stage: String, _ body: () throws -> TrainingResult) {
    let began = clock.monotonicNanoseconds
    let outcome: String
    do {
      let result = try body()
      outcome = result.rawValue
    } catch let error as RankingError where error.code == .cancelled {
      outcome = "skipped"
    } catch let error as TowerError where error.code == .cancelled {
      outcome = "skipped"
    } catch {
      log.error("training failed; the model in use stays", ["stage": "\(stage)", "reason": "\(error)"])
      outcome = "failed"
    }
    // What a training used is not wanted again for minutes.
    ProcessMemory.trim()
    let seconds = Double(clock.monotonicNanoseconds - began) * 1e-9
    metrics.trainings[stage, outcome].add()
    metrics.trainingSeconds[stage].observe(seconds)
    log.info("training", ["stage": "\(stage)", "outcome": "\(outcome)", "seconds": .real(seconds)])
  }

  /// Fits the linear model on its window and publishes it.
  func fitLinear() throws -> TrainingResult {
    guard let model = try configuration.linear.fit(inbox.linearWindow()) else { return .skipped }
    guard let bytes = model.bytes(items.catalogue) else { return .skipped }
    try publish(
      LinearArtefact.kind, [(name: LinearArtefact.fileName, bytes: bytes)],
      .object(["items": .integer(Int64(model.count)), "events": .integer(Int64(model.events))]))
    return .promoted
  }

  /// Trains the towers, anew or on from those in use, and publishes them. They are gone on from, too, where the window
  /// holds less than they were trained on, as after a restart.
  func trainTowers(_ training: TowerClock.Training) throws -> TrainingResult {
    let window = inbox.towerWindow()
    let present = bundle.current.towers?.model
    let isAnew = training == .anew && window.count >= present?.events ?? 0
    let older = isAnew ? nil : present
    let number = (try artefacts.versions(of: TowerArtefact.kind).first?.number ?? 0) + 1
    var progress = TrainingProgress("towers", clock: clock, log: log)
    defer { progress.end() }
    let model = try TowerTrainer(settings: configuration.towers).train(
      window, items: TowerItems(items.catalogue), from: older, version: UInt64(number)
    ) { state in
      progress.show(Int((Double(state.epoch) + state.share) * 100), of: state.epochs * 100)
      return !self.request.isMade
    }
    guard let model else { return .skipped }
    try publish(
      TowerArtefact.kind, [(name: TowerArtefact.fileName, bytes: model.bytes())],
      .object(["dimension": .integer(Int64(model.dimension)), "anew": .boolean(isAnew)]))
    return .promoted
  }

  /// Trains the ranker and publishes it where the gate lets it pass.
  func trainRanker() throws -> TrainingResult {
    let window = inbox.groupWindow()
    let current = bundle.current
    let training = RankerTraining(registry: current.registry, recipe: configuration.recipe)
    var progress = TrainingProgress("ranker", clock: clock, log: log)
    let outcome = try training.run(window, champion: try champion()) { share in
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
    let model = trained.lambdaMART
    let metadata = JSONValue.object([
      "schema_hash": .string(String(model.schemaHash, radix: 16)), "trees": .integer(Int64(model.trees)),
      "groups": .integer(Int64(window.count)), "ndcg10": .number(outcome.decision.challenger),
      RankerArtefact.untilKey: .integer(outcome.trainedUntilMs),
      "champion_ndcg10": outcome.decision.champion.map { .number($0) } ?? .null,
    ])
    let reference = try window.referenceHistograms(registry: current.registry)
    try publish(RankerArtefact.kind, RankerArtefact.files(trained, reference: reference), metadata)
    return .promoted
  }

  /// The ranker in use, with what its publisher said of its groups. One that was withdrawn, and is in the bundle for a
  /// moment yet, is no measure: the version that takes over is.
  func champion() throws -> RankerTraining.Champion? {
    let current = bundle.current
    guard let ranker = current.ranker else { return nil }
    let version = try artefacts.versions(of: RankerArtefact.kind).first { $0.name == current.versions.ranker }
    guard let version, version.isWithdrawn, let next = try artefacts.current(RankerArtefact.kind) else {
      return RankerTraining.Champion(
        ranker, trainedUntilMs: version?.metadata[RankerArtefact.untilKey]?.integerValue)
    }
    let artefact = try artefacts.load(RankerArtefact.kind, version: next.number)
    return RankerTraining.Champion(
      try RankerArtefact.model(artefact, schemaHash: current.registry.hash).ranker(),
      trainedUntilMs: next.metadata[RankerArtefact.untilKey]?.integerValue)
  }

  func publish(
    _ kind: String, _ files: [(name: String, bytes: [UInt8])], _ metadata: JSONValue
  ) throws(ArtefactError) {
    let version = try artefacts.publish(
      kind: kind, files: files, metadata: metadata, createdMs: clock.nowMilliseconds)
    log.info("published", ["version": "\(version.name)"])
    announcer.announce(version)
  }
}

/// How a training ended; the label of its metric.
enum TrainingResult: String {
  case promoted, rejected, skipped
}
