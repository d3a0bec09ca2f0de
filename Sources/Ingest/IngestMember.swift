import Events
import Lifecycle
import Recommender
import Replica
import State
import Store
import Streams
import Telemetry
import Training

/// One member of the consumer group: one thread with its own consumer, store connection, decoder and records. Nothing is
/// shared between members but what is made for many threads.
public final class IngestMember: Service {
  public let name: String
  private let configuration: IngestConfiguration
  private let context: IngestContext
  private let request = StopRequest()

  public init(number: Int, _ configuration: IngestConfiguration, _ context: IngestContext) {
    name = "ingest-\(number)"
    self.configuration = configuration
    self.context = context
  }

  public func start() throws {}

  public func run() throws {
    let worker = try MemberWorker(configuration, context, name: name, request: request)
    defer { worker.close() }
    while !request.isMade { try worker.step() }
    worker.finish()
  }

  public func stop(by deadline: Deadline) { request.make() }
}

/// What a member reads and how much of it at once.
public struct IngestConfiguration: Sendable {
  /// The topic that the state is a fold of, and its partitions: the shards.
  public var topic: String
  public var shards: Int32
  /// Further topics, whose events are forwarded to `topic`.
  public var inputs: [String] = []
  public var samplesTopic: String
  /// Where refused records go.
  public var deadLetters: String
  public var group: String
  public var rules: EventRules
  public var log: LogName
  public var erasureSalt: UInt64
  /// Share of the positive events that are scored before they are applied, as far as `ScoringBudget` lets them.
  public var scoredShare = 1.0
  /// Records of one poll: some 250 a shard with eight shards. Larger batches gain nothing (native.md, section 4).
  public var batchRecords = 2_000
  public var batchTimeout = Duration.milliseconds(100)
  /// Between attempts while the store is away.
  public var retryInterval = Duration.milliseconds(200)
  /// Between the hints that Kafka gets, and between measurements of the lag.
  public var commitInterval = Duration.seconds(1)
  /// Batches of a shard that this process's follower may be behind.
  public var followerBound = RedisConfiguration.standardAppliedLimit / 2
  /// For records that must be acknowledged before a batch may be stored: then they are asked for again.
  public var acknowledgeTimeout = Duration.seconds(30)

  public init(
    topic: String, shards: Int32, samplesTopic: String, deadLetters: String, group: String, rules: EventRules,
    log: LogName,
    erasureSalt: UInt64
  ) {
    self.topic = topic
    self.shards = shards
    self.samplesTopic = samplesTopic
    self.deadLetters = deadLetters
    self.group = group
    self.rules = rules
    self.log = log
    self.erasureSalt = erasureSalt
  }
}

/// What the members of one process share.
public struct IngestContext: Sendable {
  public let kafka: KafkaConfiguration
  public let store: StoreFactory
  public let producer: StreamProducer
  public let items: ItemState
  public let bundle: BundleHolder
  public let progress: ShardProgress
  public let quality: LiveQualityMeter
  /// Hears NDCG@10 of each positive that was ranked before it was applied.
  public let ranked: @Sendable (Double) -> Void
  public let metrics: FreshetMetrics

  public init(
    kafka: KafkaConfiguration, store: @escaping StoreFactory, producer: StreamProducer,
    items: ItemState, bundle: BundleHolder, progress: ShardProgress, quality: LiveQualityMeter,
    ranked: @escaping @Sendable (Double) -> Void = { _ in }, metrics: FreshetMetrics
  ) {
    self.kafka = kafka
    self.store = store
    self.producer = producer
    self.items = items
    self.bundle = bundle
    self.progress = progress
    self.quality = quality
    self.ranked = ranked
    self.metrics = metrics
  }
}
