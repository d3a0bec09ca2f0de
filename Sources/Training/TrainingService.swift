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
        let result = perform("ranker") { try self.trainRanker() }
        // What was compared with a withdrawn ranker is compared again at once.
        if result != .skipped { ranker.wasTrained(received: counts.groups) }
      }
    }
  }

  public func stop(by deadline: Deadline) { request.make() }

  /// Runs one training; a failure is reported, and the model in use stays.
  /// - Returns: nil where it did not come to an end.
  @discardableResult
  private func perform(_ stage: String, _ body: () throws -> TrainingResult) -> TrainingResult? {
    let began = clock.monotonicNanoseconds
    var result: TrainingResult?
    let outcome: String
    do {
      let reached = try body()
      result = reached
      outcome = reached.rawValue
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
    return result
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
