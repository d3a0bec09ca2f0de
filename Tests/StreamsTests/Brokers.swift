import Foundation
import TestSupport
import Testing

@testable import Streams

/// What the suite runs on: librdkafka's cluster in this process, and a real Kafka where there is one.
enum Backend: String, CaseIterable, Sendable {
  case embedded, real

  static let available: [Backend] = KafkaBroker.isAvailable ? [.embedded, .real] : [.embedded]
}

/// Topics of the test's own on one of the shared brokers.
struct Bench {
  private static let embedded = Result { try EmbeddedBroker() }

  let backend: Backend
  let configuration: KafkaConfiguration
  private let suffix = UUID().uuidString.prefix(8)

  init(_ backend: Backend) throws {
    self.backend = backend
    switch backend {
    case .embedded: configuration = try Self.embedded.get().configuration
    case .real:
      let broker = try #require(KafkaBroker.shared, "the real Kafka does not start")
      configuration = KafkaConfiguration(brokers: broker.address)
    }
  }

  /// Makes a topic with a name that no other test has.
  func topic(_ name: String, partitions: Int = 4) throws -> String {
    let definition = TopicDefinition("\(name)-\(suffix)", partitions: partitions)
    switch backend {
    case .embedded: try Self.embedded.get().create([definition])
    case .real: try TopicAdministrator(configuration).apply([definition], replication: 1)
    }
    return definition.name
  }

  func group(_ name: String) -> String { "\(name)-\(suffix)" }

  /// Sends `count` records, the number as payload and `key(number)` as key, and waits until all are acknowledged.
  func produce(
    to topic: String, _ numbers: Range<Int>, partition: Int32? = nil, key: (Int) -> String = { "user-\($0 % 7)" }
  ) throws {
    let producer = try StreamProducer(configuration)
    defer { producer.close() }
    for number in numbers {
      try producer.send(
        to: topic, partition: partition, key: Array(key(number).utf8), payload: Array("\(number)".utf8))
    }
    #expect(producer.flush(within: .seconds(30)))
  }
}

/// One record, copied out.
struct Copied: Equatable {
  let partition: Int32
  let offset: Int64
  let key: String
  let payload: String

  init(_ record: StreamRecord) {
    partition = record.partition
    offset = record.offset
    key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? "-"
    payload = record.payload.map { String(decoding: $0, as: UTF8.self) } ?? "-"
  }
}

extension StreamConsumer {
  /// Polls until there are `count` records, or the time is up.
  func read(_ count: Int, batch: Int = 500, within limit: Duration = .seconds(30)) throws -> [Copied] {
    var result: [Copied] = []
    let end = ContinuousClock.now + limit
    while result.count < count && ContinuousClock.now < end {
      _ = try withBatch(maximumRecords: batch, timeout: .milliseconds(100)) { batch in
        batch.forEach { result.append(Copied($0)) }
      }
    }
    return result
  }

  /// Polls until `condition` holds; the records go to `body`.
  func poll(
    within limit: Duration = .seconds(30), until condition: () -> Bool, _ body: (StreamRecord) -> Void = { _ in }
  ) throws -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
      if ContinuousClock.now > end { return false }
      _ = try withBatch(maximumRecords: 100, timeout: .milliseconds(20)) { $0.forEach(body) }
    }
    return true
  }
}

/// All partitions of a topic, from their beginning.
func everything(_ topic: String, partitions: Int = 4) -> [TopicPartition: StartOffset] {
  Dictionary(uniqueKeysWithValues: (0..<partitions).map { (TopicPartition(topic, Int32($0)), .beginning) })
}
