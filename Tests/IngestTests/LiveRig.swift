import Artefacts
import Events
import Features
import Identity
import Lifecycle
import Ranking
import Replica
import State
import Store
import Streams
import Synchronization
import Telemetry
import TestSupport

@testable import Ingest
@testable import Training

/// A whole system in this process, each part as `freshet run` has it: broker, ingest member, item state, bundle, sample
/// reader, and the watch over the ranker. Only the store is the one in memory.
final class LiveRig {
  static let shards: Int32 = 2
  static let topic = "interactions"

  let folder: TemporaryFolder
  let artefacts: ArtefactStore
  let metrics = FreshetMetrics()
  let quality = LiveQualityMeter()
  /// NDCG@10 of each answer, in the member's order.
  let gains = GainList()
  let inbox = TrainingInbox()
  let keeper: BundleKeeper
  private let broker: EmbeddedBroker
  private let producer: StreamProducer
  private let services: [any Service]
  private var threads: [ServiceThread] = []
  private var sent: UInt64 = 0
  private var encoder = EventEncoder()

  init() throws {
    folder = try TemporaryFolder()
    artefacts = try ArtefactStore(directory: folder.path, keep: 5)
    broker = try EmbeddedBroker()
    try broker.create([
      TopicDefinition(Self.topic, partitions: Int(Self.shards)), TopicDefinition("dead-letters", partitions: 1),
      TopicDefinition("ranking-samples", partitions: 1),
    ])
    producer = try StreamProducer(broker.configuration)
    let database = MemoryDatabase()
    let store: StoreFactory = { () throws(StoreError) in MemoryStore(database) }
    let progress = ShardProgress()
    let follower = ItemFollower(
      ItemFollower.Configuration(shards: Self.shards), store: store, progress: progress, artefacts: artefacts,
      listeners: [inbox], catalogue: { UndescribedCatalogue() })
    keeper = BundleKeeper(items: follower.state, artefacts: artefacts, metrics: metrics)
    var configuration = IngestConfiguration(
      topic: Self.topic, shards: Self.shards, samplesTopic: "ranking-samples", deadLetters: "dead-letters",
      group: "live", rules: EventRules(types: try EventTypes(weights: ["like": 1])),
      log: LogName("log", isEphemeral: false), erasureSalt: 3)
    // Small ones, so that what was liked is learned soon.
    configuration.batchRecords = 20
    let gains = gains
    let context = IngestContext(
      kafka: broker.configuration, store: store, producer: producer, items: follower.state, bundle: keeper.holder,
      progress: progress, quality: quality, ranked: { gains.add($0) }, metrics: metrics)
    services = [
      follower, keeper,
      SampleReader(broker.configuration, topic: "ranking-samples", group: "train", inbox: inbox),
      IngestMember(number: 0, configuration, context),
      RankerWatch(kind: RankerArtefact.kind, quality: quality, artefacts: artefacts, metrics: metrics),
    ]
    for service in services {
      try service.start()
      threads.append(
        try ServiceThread(service.name) {
          do { try service.run() } catch { print("LiveRig: \(service.name): \(error)") }
        })
    }
  }

  func stop() {
    for service in services.reversed() { service.stop(by: Deadline(after: .seconds(5))) }
    for thread in threads { thread.join(atMost: .seconds(10)) }
    producer.close(within: .seconds(1))
  }

  func like(user: Int, item: Int, timeMs: Int64) throws {
    let user = EntityID(Int64(user))
    try send(
      encoder.interaction(type: "like", user: user, item: EntityID(Int64(item)), .init(timeMs: timeMs)), of: user)
    sent += 1
  }

  func show(user: Int, items: [Int], positions: [Int], timeMs: Int64) throws {
    let user = EntityID(Int64(user))
    try send(
      encoder.impression(
        user: user, items: items.map { EntityID(Int64($0)) }, positions: positions, .init(timeMs: timeMs)), of: user)
  }

  func erase(user: Int, timeMs: Int64) throws {
    let user = EntityID(Int64(user))
    try send(encoder.erase(user: user, .init(timeMs: timeMs)), of: user)
  }

  private func send(_ payload: [UInt8], of user: EntityID) throws {
    try producer.send(
      to: Self.topic, partition: Partitioner.partition(of: user, partitions: Self.shards), key: nil, payload: payload)
  }

  /// Waits until everything that was liked has been applied and learned.
  func settle(seconds: Double = 120) -> Bool {
    guard producer.flush(within: .seconds(30)) else { return false }
    return Waiting.until(seconds: seconds) {
      metrics.eventsApplied.value >= sent && inbox.counts.learned >= sent
    }
  }

  var rankerInUse: String? { keeper.holder.current.versions.ranker }
}

/// Any thread.
final class GainList: Sendable {
  private let gains = Mutex<[Double]>([])

  func add(_ gain: Double) { gains.withLock { $0.append(gain) } }
  var count: Int { gains.withLock { $0.count } }
  /// Mean of the newest `count`.
  func mean(newest count: Int) -> Double {
    gains.withLock { $0.suffix(count).reduce(0, +) / Double(max(1, min(count, $0.count))) }
  }
}

private final class UndescribedCatalogue: CatalogueSource {
  func poll(into state: ItemState) throws -> Int { 0 }
  var isCaughtUp: Bool { true }
  func close() {}
}

/// Users who come, like five items of one of twelve sorts, and go: what goes with what tells nearly everything.
struct SortedTastes {
  static let sorts = 12
  static let itemsOfSort = 10
  static let likes = 5

  private struct Visitor {
    let user: Int
    var items: [Int]
  }

  private var random: SeededRandom
  private var visitors: [Visitor] = []
  private var users = 0
  private(set) var timeMs: Int64 = 1_700_000_000_000

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func next() -> (user: Int, item: Int, timeMs: Int64) {
    while visitors.count < 20 {
      let sort = Int(random.next() % UInt64(Self.sorts))
      var items = (0..<Self.itemsOfSort).map { sort * Self.itemsOfSort + $0 }
      for place in 0..<Self.likes {
        items.swapAt(place, place + Int(random.next() % UInt64(items.count - place)))
      }
      users += 1
      visitors.append(Visitor(user: users, items: Array(items.prefix(Self.likes))))
    }
    let place = Int(random.next() % UInt64(visitors.count))
    timeMs += 5_000
    let like = (user: visitors[place].user, item: visitors[place].items.removeLast(), timeMs: timeMs)
    if visitors[place].items.isEmpty { visitors.remove(at: place) }
    return like
  }
}
