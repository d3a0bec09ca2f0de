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
import Synchronization
import Telemetry
import TestSupport
import Testing
import Training

@testable import Ingest

/// A member on a real broker, in this process, whose forwarded records the broker does not take.
@Suite struct ForwardingTests {
  /// The topic has fewer partitions than the member believes: what it forwards beyond them is refused each time.
  private static let (partitions, believed): (Int, Int32) = (2, 8)

  /// A user whose partition the topic does not have.
  private func lostUser() throws -> String {
    try #require(
      (0..<1_000).lazy.map { "user-\($0)" }.first { name in
        Partitioner.partition(of: EntityID(name), partitions: Self.believed) >= Int32(Self.partitions)
      })
  }

  @Test func thePositionDoesNotPassAnEventThatCouldNotBeForwarded() throws {
    let broker = try EmbeddedBroker()
    let topics = ["interactions", "dead-letters", "ranking-samples"]
    try broker.create(topics.map { TopicDefinition($0, partitions: Self.partitions) })
    let producer = try StreamProducer(broker.configuration)
    defer { producer.close(within: .seconds(1)) }
    // A bad event behind it, so that the test sees when both have been read.
    let event = "{\"type\":\"like\",\"user\":\"\(try lostUser())\",\"item\":1}"
    for payload in [event, "{}"] {
      try producer.send(to: "interactions", partition: 0, key: nil, payload: Array(payload.utf8))
    }
    #expect(producer.flush(within: .seconds(20)))

    let database = MemoryDatabase()
    let metrics = FreshetMetrics()
    let member = try makeMember(broker.configuration, producer, database, metrics)
    let outcome = Mutex<Result<Void, any Error>?>(nil)
    let thread = Thread {
      let result = Result { try member.run() }
      outcome.withLock { $0 = result }
    }
    thread.start()
    #expect(
      Waiting.until(seconds: 60) { EventFault.Reason.allCases.contains { metrics.deadLetters[$0.rawValue].value > 0 } })
    // As by SIGTERM.
    member.stop(by: Deadline(after: .seconds(5)))
    #expect(Waiting.until { outcome.withLock { $0 != nil } })
    let result = outcome.withLock { $0 }
    #expect(throws: Never.self) { try result?.get() }
    #expect(try MemoryStore(database).position(of: 0) == nil, "the event is nowhere but at offset 0 of partition 0")
  }

  private func makeMember(
    _ kafka: KafkaConfiguration, _ producer: StreamProducer, _ database: MemoryDatabase,
    _ metrics: FreshetMetrics
  ) throws -> IngestMember {
    let types = try EventTypes(weights: ["like": 1])
    var configuration = IngestConfiguration(
      topic: "interactions", shards: Self.believed, samplesTopic: "ranking-samples", deadLetters: "dead-letters",
      group: "forwarding", rules: EventRules(types: types), log: LogName("log", isEphemeral: false), erasureSalt: 3)
    configuration.retryInterval = .milliseconds(20)
    let items = ItemState()
    let bundle = Bundle(content: ContentTable(items.catalogue), registry: .standard, budgets: .standard)
    let context = IngestContext(
      kafka: kafka, store: { () throws(StoreError) in MemoryStore(database) }, producer: producer, items: items,
      bundle: BundleHolder(bundle), progress: ShardProgress(), quality: LiveQualityMeter(), metrics: metrics)
    return IngestMember(number: 0, configuration, context)
  }
}
