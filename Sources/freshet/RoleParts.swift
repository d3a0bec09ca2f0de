import Artefacts
import Drift
import Events
import Features
import Identity
import Ingest
import JSON
import Lifecycle
import Ranking
import Recommender
import Replica
import Retrieval
import Serving
import Settings
import State
import Store
import Streams
import Telemetry
import Towers
import Training

/// The parts of which every role is made, wired once: what a role does not run, it does not make.
struct RoleParts {
  let settings: FreshetSettings
  let metrics: FreshetMetrics
  let store: StoreRuntime
  let kafka: KafkaRuntime
  let artefacts: ArtefactStore
  let rules: EventRules
  let progress = ShardProgress()
  let quality = LiveQualityMeter()
  let producer: StreamProducer

  /// - Throws: for whatever cannot be reached or does not fit; the private Redis has been started by then.
  init(_ settings: FreshetSettings, store: StoreRuntime) throws {
    self.settings = settings
    self.store = store
    metrics = FreshetMetrics(
      labels: FreshetMetrics.Labels(
        features: FeatureRegistry.standard.names, sources: CandidateOrigin.names))
    rules = try EventRules(settings.events)
    artefacts = try ArtefactStore(directory: settings.artefactDirectory, keep: settings.artefacts.keep)
    kafka = try KafkaRuntime(settings)
    // An HTTP client waits for the acknowledgement, so nothing waits for company: what arrives while a request is on its
    // way travels together all the same.
    var options = StreamProducer.Options()
    options.linger = .zero
    producer = try StreamProducer(kafka.configuration, options: options)
  }

  // MARK: what scores

  func follower(snapshots: SnapshotDuty, listeners: [any AppliedListener] = []) -> ItemFollower {
    var configuration = ItemFollower.Configuration(shards: kafka.shards)
    configuration.snapshots = snapshots
    let kafkaConfiguration = kafka.configuration
    let topic = settings.topics.items
    let metrics = metrics
    return ItemFollower(
      configuration, store: store.factory, progress: progress, artefacts: artefacts, listeners: listeners,
      catalogue: { try KafkaCatalogue(kafkaConfiguration, topic: topic, partitions: 1, metrics: metrics) })
  }

  func keeper(_ follower: ItemFollower) throws -> BundleKeeper {
    BundleKeeper(
      items: follower.state, artefacts: artefacts, metrics: metrics,
      budgets: try SourceBudgets(total: settings.candidates.total, single: settings.candidates.budget),
      indexLists: settings.index.lists,
      indexProbe: settings.index.probe,
      indexPolicy: IndexRebuildPolicy(
        interval: settings.index.rebuildInterval, churn: settings.index.rebuildChurn, recall: settings.index.recall))
  }

  func drift(_ keeper: BundleKeeper) -> DriftMonitor {
    var thresholds = DriftThresholds()
    thresholds.kl = settings.drift.kl
    thresholds.psi = settings.drift.psi
    thresholds.minimumSamples = settings.drift.minimumSamples
    thresholds.hysteresis = settings.drift.hysteresis
    let producer = producer
    let topic = settings.topics.driftAlerts
    return DriftMonitor(
      window: settings.drift.window, thresholds: thresholds, keeper: keeper, metrics: metrics,
      seed: UInt64(clamping: settings.seed)
    ) { alert in
      let key = Array(alert.transition.name.utf8)
      try? producer.send(to: topic, key: key, payload: alert.json.bytes)
    }
  }

  // MARK: roles

  func members(_ follower: ItemFollower, _ keeper: BundleKeeper, _ drift: DriftMonitor) throws -> [IngestMember] {
    var configuration = IngestConfiguration(
      topic: settings.topics.interactions, shards: kafka.shards, samplesTopic: settings.topics.rankingSamples,
      deadLetters: settings.topics.deadLetters, group: settings.kafka.group, rules: rules, log: kafka.log,
      erasureSalt: try ErasureSalt.of(try store.factory()))
    configuration.inputs = settings.topics.inputs
    configuration.scoredShare = settings.ranker.sampleShare
    let context = IngestContext(
      kafka: kafka.configuration, store: store.factory, producer: producer, items: follower.state,
      bundle: keeper.holder, progress: progress, quality: quality,
      ranked: { drift.ranked(ndcg: $0) }, metrics: metrics)
    return (0..<settings.members).map { IngestMember(number: $0, configuration, context) }
  }

  /// What withdraws a ranker that users like less; nil where the settings say so.
  func watch() -> RankerWatch? {
    guard settings.ranker.rollback else { return nil }
    return RankerWatch(kind: RankerArtefact.kind, quality: quality, artefacts: artefacts, metrics: metrics)
  }

  func inbox() -> TrainingInbox {
    let events = settings.ranker.windowEvents
    return TrainingInbox(
      linear: LinearWindow(capacity: min(events, LinearWindow.standardCapacity)),
      towers: TowerWindow(capacity: min(events, TowerWindow.standardCapacity)),
      groups: GroupWindow(
        maximumCount: min(events, GroupWindow.standardCount),
        maximumAgeMs: settings.ranker.windowAge.wholeMilliseconds))
  }

  func trainer(
    _ inbox: TrainingInbox, _ samples: SampleReader, _ follower: ItemFollower, _ keeper: BundleKeeper
  ) -> TrainingService {
    TrainingService(
      TrainingService.Configuration(settings), inbox: inbox, mayTrain: { samples.mayTrain }, items: follower.state,
      bundle: keeper.holder,
      artefacts: artefacts, announcer: KafkaAnnouncer(producer, topic: settings.topics.models), metrics: metrics)
  }

  func samples(_ inbox: TrainingInbox) -> SampleReader {
    SampleReader(
      kafka.configuration, topic: settings.topics.rankingSamples, group: settings.kafka.group + "-train", inbox: inbox)
  }

  func waiter() -> AppliedWaiter {
    AppliedWaiter(progress: progress, store: store.factory, log: kafka.log.text)
  }

  /// The API over what this process holds.
  /// - Parameter ownsShards: whether ingest members run in this process.
  func server(
    _ follower: ItemFollower, _ keeper: BundleKeeper, _ drift: DriftMonitor, _ waiter: AppliedWaiter, ownsShards: Bool
  ) throws -> ServingServer {
    let replica = LiveReplica(
      shardCount: kafka.shards, follower: follower, keeper: keeper, drift: drift, quality: quality,
      artefacts: artefacts, progress: ownsShards ? progress : nil)
    let intake = KafkaIntake(
      rules: rules, topic: settings.topics.interactions, shards: kafka.shards, producer: producer, waiter: waiter)
    let api = ServingAPI(
      servingConfiguration(), replica: replica, intake: intake, stores: store.factory, metrics: metrics)
    return try ServingServer(api, HTTPSettings.configuration(settings.http), drainLimit: settings.http.drain)
  }

  private func servingConfiguration() -> ServingConfiguration {
    var configuration = ServingConfiguration()
    configuration.exploration = settings.candidates.exploration
    configuration.version = FreshetSettings.version
    configuration.cacheLifetime = settings.cache.lifetime
    configuration.cacheEntries = settings.cache.entries
    // What the embedded broker acknowledges it forgets when it dies: there, only the state is a promise.
    configuration.eventWait = kafka.embedded == nil ? .broker : .applied
    configuration.eventsBodyLimit = settings.http.bodyBytes
    configuration.eventTimeLimit = settings.http.requestTimeout
    configuration.opensProbes = settings.http.openMetrics
    configuration.eventTypeNames = rules.types.names
    return configuration
  }
}

/// Announces artefacts on the `models` topic. A lost announcement costs a look into the directory, nothing else.
struct KafkaAnnouncer: ArtefactAnnouncer {
  private let producer: StreamProducer
  private let topic: String
  private let log = Logger("models")

  init(_ producer: StreamProducer, topic: String) {
    self.producer = producer
    self.topic = topic
  }

  func announce(_ version: ArtefactVersion) {
    let announcement = ArtefactAnnouncement(version, metadata: ["ndcg10", "trees", "items", "events"])
    do throws(StreamError) {
      try producer.send(to: topic, key: Array(version.kind.utf8), payload: announcement.json.bytes)
    } catch {
      log.warning("a version could not be announced", ["version": "\(version.name)", "reason": "\(error)"])
    }
  }
}
