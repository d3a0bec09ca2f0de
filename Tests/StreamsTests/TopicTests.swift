import Foundation
import TestSupport
import Testing

@testable import Streams

@Suite(.ownThread) struct TopicTests {
  @Test func definitionsAreRead() throws {
    let text = """
      {"topics": [
        {"name": "interactions", "partitions": 8, "retention_ms": 604800000, "cleanup_policy": "delete",
         "description": "events", "key": "user id"},
        {"name": "items", "partitions": 1, "cleanup_policy": "compact"}]}
      """
    #expect(
      try TopicDefinition.parse(Array(text.utf8)) == [
        TopicDefinition("interactions", partitions: 8, retentionMs: 604_800_000, description: "events"),
        TopicDefinition("items", partitions: 1, cleanupPolicy: .compact),
      ])
  }

  @Test func theProjectsOwnDefinitionsAreRead() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "streams/topics.json")))
    let topics = try TopicDefinition.parse(bytes)
    let interactions = try #require(topics.first { $0.name == "interactions" })
    #expect(interactions.setting == "topics.interactions" && interactions.partitionsSetting == "kafka.partitions")
    #expect(interactions.partitions == 8 && !interactions.description.isEmpty)
    #expect(topics.first { $0.name == "items" }?.cleanupPolicy == .compact)
  }

  @Test(arguments: [
    ("[]", "topics"), ("{", "byte"), (#"{"topics": [{"partitions": 1}]}"#, "topics[0].name"),
    (#"{"topics": [{"name": "a", "partitions": 0}]}"#, "topics[0].partitions"),
    (#"{"topics": [{"name": "a", "partitions": 1, "retention_ms": -2}]}"#, "topics[0].retention_ms"),
    (#"{"topics": [{"name": "a", "partitions": 1, "cleanup_policy": "shred"}]}"#, "topics[0].cleanup_policy"),
    (#"{"topics": [{"name": "a", "partitions": 1}, {"name": "a", "partitions": 1}]}"#, "topics[1].name"),
  ]) func aBadDefinitionIsNamed(text: String, field: String) {
    do {
      _ = try TopicDefinition.parse(Array(text.utf8))
      Issue.record("accepted: \(text)")
    } catch {
      #expect(error.code == .configuration && error.message.contains(field), "\(error)")
    }
  }

  @Test(.enabled(if: KafkaBroker.isAvailable, "creating topics needs a real Kafka"))
  func missingTopicsAreCreatedAsDeclaredAndOthersLeftAlone() throws {
    let broker = try #require(KafkaBroker.shared)
    let administrator = try TopicAdministrator(KafkaConfiguration(brokers: broker.address))
    let suffix = UUID().uuidString.prefix(8)
    let one = TopicDefinition("one-\(suffix)", partitions: 3, retentionMs: 60_000)
    let two = TopicDefinition("two-\(suffix)", partitions: 1, cleanupPolicy: .compact)
    #expect(try administrator.describe([one, two]).map(\.isMissing) == [true, true])
    #expect(try administrator.apply([one], replication: 1) == [one.name])
    #expect(try administrator.describe([one, two]).map(\.foundPartitions) == [3, nil])
    #expect(try administrator.apply([one, two], replication: 1) == [two.name])
    #expect(try administrator.apply([one, two], replication: 1) == [])
    #expect(try administrator.partitionCount(of: one.name) == 3)
    #expect(try administrator.partitionCount(of: "nothing-\(suffix)") == nil)
    #expect(try administrator.clusterID() == KafkaBroker.clusterID)

    var other = one
    other.partitions = 5
    let three = TopicDefinition("three-\(suffix)", partitions: 1)
    do {
      try administrator.apply([three, other], replication: 1)
      Issue.record("no error")
    } catch {
      #expect(error.code == .partitionCount)
      #expect(error.message.contains("3 partitions") && error.message.contains("5") && error.message.contains(one.name))
    }
    #expect(try administrator.partitionCount(of: three.name) == nil)
    // More replicas than brokers.
    #expect(throws: StreamError.self) { try administrator.apply([three], replication: 7) }
  }

  @Test func theEmbeddedBrokerHasTheTopicsItWasGiven() throws {
    let (broker, another) = (try EmbeddedBroker(), try EmbeddedBroker())
    #expect(broker.logIdentity != another.logIdentity && broker.address != another.address)
    let definitions = [TopicDefinition("a", partitions: 8), TopicDefinition("b", partitions: 1)]
    try broker.create(definitions)
    try broker.create(definitions)
    let administrator = try TopicAdministrator(broker.configuration)
    #expect(try administrator.describe(definitions).allSatisfy { $0.isAsDeclared })
    #expect(try administrator.apply(definitions, replication: 1) == [])
    let missing = TopicDefinition("c", partitions: 1)
    #expect(throws: StreamError.self) { try administrator.apply([missing], replication: 1) }
    #expect(throws: StreamError.self) {
      try administrator.apply([TopicDefinition("a", partitions: 2)], replication: 1)
    }
  }
}
