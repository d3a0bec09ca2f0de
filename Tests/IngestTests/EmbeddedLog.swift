import Artefacts
import Events
import Features
import Foundation
import Identity
import Lifecycle
import Recommender
import Replica
import State
import Store
import Streams
import Telemetry
import TestSupport
import Testing
import Training

@testable import Ingest

/// A log on a broker of this process, with likes and erasures from a seed, and what belongs to a member that reads it.
final class EmbeddedLog {
  static let users = 30
  static let items = 25

  let broker: EmbeddedBroker
  let producer: StreamProducer
  let shards: Int32
  let configuration: IngestConfiguration
  private var random: SeededRandom
  private var sent = 0

  init(shards: Int32, seed: UInt64) throws {
    self.shards = shards
    random = SeededRandom(seed: seed)
    broker = try EmbeddedBroker()
    try broker.create([TopicDefinition("interactions", partitions: Int(shards))])
    try broker.create(["dead-letters", "ranking-samples"].map { TopicDefinition($0, partitions: 1) })
    producer = try StreamProducer(broker.configuration)
    var configuration = IngestConfiguration(
      topic: "interactions", shards: shards, samplesTopic: "ranking-samples", deadLetters: "dead-letters",
      group: "members", rules: EventRules(types: try EventTypes(weights: ["like": 1, "view": 0.2])),
      log: LogName("log", isEphemeral: false), erasureSalt: 3)
    configuration.retryInterval = .milliseconds(20)
    configuration.commitInterval = .milliseconds(100)
    self.configuration = configuration
  }

  /// Appends events of random users; one in `erasures` takes a user's past away.
  func send(_ count: Int, erasures: Int = 50) throws {
    for _ in 0..<count {
      sent += 1
      let user = "user-\(Int.random(in: 0..<Self.users, using: &random))"
      let head = "\"user\":\"\(user)\",\"event_id\":\"e\(sent)\",\"timestamp\":\(1_700_000_000_000 + 1_000 * sent)"
      let type = Bool.random(using: &random) ? "like" : "view"
      let isErasure = Int.random(in: 0..<erasures, using: &random) == 0
      let payload =
        isErasure
        ? "{\"type\":\"erase\",\(head)}"
        : "{\"type\":\"\(type)\",\(head),\"item\":\(Int.random(in: 0..<Self.items, using: &random))}"
      try producer.send(
        to: "interactions", partition: Partitioner.partition(of: EntityID(user), partitions: shards),
        key: Array(user.utf8), payload: Array(payload.utf8))
      // The producer's queue is bounded.
      if sent.isMultiple(of: 1_000) { #expect(producer.flush(within: .seconds(20))) }
    }
    #expect(producer.flush(within: .seconds(20)))
  }

  /// Where each shard's log ends.
  func ends() throws -> [Int32: Int64] {
    let consumer = try StreamConsumer(broker.configuration, group: nil, clientID: "ends")
    defer { consumer.close() }
    var ends: [Int32: Int64] = [:]
    for shard in 0..<shards { ends[shard] = try consumer.watermarks(TopicPartition("interactions", shard)).high }
    return ends
  }

  func member(
    store: @escaping StoreFactory, items: ItemState, progress: ShardProgress, metrics: FreshetMetrics
  ) -> IngestMember {
    let bundle = Bundle(content: ContentTable(items.catalogue), registry: .standard, budgets: .standard)
    let context = IngestContext(
      kafka: broker.configuration, store: store, producer: producer, items: items, bundle: BundleHolder(bundle),
      progress: progress, quality: LiveQualityMeter(), metrics: metrics)
    return IngestMember(number: 0, configuration, context)
  }

  /// The run without faults: the log from its beginning, in a store of its own.
  func replayed(
    into store: any RecordStore, artefacts: ArtefactStore, batchRecords: Int = LogReplay.standardBatchRecords
  ) throws -> (digest: StateDigest, items: ItemState) {
    let follower = ReplayFollower(shards: shards, store: store, artefacts: artefacts)
    let replay = try LogReplay(
      configuration, kafka: broker.configuration, store: store, follower: follower, metrics: FreshetMetrics(),
      batchRecords: batchRecords)
    _ = try replay.run()
    return (try StateDigest(of: store, shards: 0..<shards), follower.state)
  }
}

/// No descriptions.
final class NoDescriptions: CatalogueSource {
  func poll(into state: ItemState) throws -> Int { 0 }
  var isCaughtUp: Bool { true }
  func close() {}
}

/// A service on a thread of its own, stopped and joined at the end.
func running<R>(_ services: [any Service], _ body: () throws -> R) throws -> R {
  var threads: [ServiceThread] = []
  for service in services {
    threads.append(
      try ServiceThread(service.name) {
        do { try service.run() } catch { Issue.record("\(service.name): \(error)") }
      })
  }
  defer {
    for (service, thread) in zip(services, threads).reversed() {
      service.stop(by: Deadline(after: .seconds(10)))
      #expect(thread.join(atMost: .seconds(20)), "\(service.name) does not end")
    }
  }
  return try body()
}

/// Counters of two item states, by the items' ids.
func expectEqualItems(_ found: ItemState, _ expected: ItemState) {
  #expect(found.globals.events == expected.globals.events)
  #expect(found.globals.positives == expected.globals.positives)
  #expect(found.globals.gradeSteps == expected.globals.gradeSteps)
  #expect(found.count == expected.count && expected.count > 0)
  for number in 0..<EmbeddedLog.items {
    let key = ItemKey(EntityID(Int64(number)))
    let rows = (found.index(of: key).map { found.row($0) }, expected.index(of: key).map { expected.row($0) })
    #expect(rows.0?.count == rows.1?.count, "item \(number)")
    #expect(rows.0?.positiveCount == rows.1?.positiveCount, "item \(number)")
  }
}
