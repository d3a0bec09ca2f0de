import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Streams

/// Offsets "stored with the state", shared by the members of a group; notes what was applied.
final class Ledger: Sendable {
  struct Content {
    var next: [TopicPartition: Int64] = [:]
    var applied: [String] = []
    var byMember: [String: [TopicPartition: Int]] = [:]
    var gaps = 0
  }

  private let content = Mutex(Content())

  var snapshot: Content { content.withLock { $0 } }

  /// Applies a batch as the ingest loop does: only what follows the stored offset.
  func apply(_ batch: borrowing RecordBatch, by member: String) {
    content.withLock { content in
      batch.forEach { record in
        let partition = record.topicPartition
        let next = content.next[partition] ?? 0
        if record.offset != next { content.gaps += 1 }
        content.next[partition] = record.offset + 1
        content.applied.append(record.payload.map { String(decoding: $0, as: UTF8.self) } ?? "-")
        content.byMember[member, default: [:]][partition, default: 0] += 1
      }
    }
  }

  func starts(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
    content.withLock { content in
      Dictionary(uniqueKeysWithValues: partitions.map { ($0, .offset(content.next[$0] ?? 0)) })
    }
  }
}

/// A member of a group on a thread of its own.
final class Member: Sendable {
  struct Seen {
    var assigned: [[TopicPartition]] = []
    var revoked: [[TopicPartition]] = []
    var lost: [[TopicPartition]] = []
    var current: Set<TopicPartition> = []
    var failure: String?
    var stop = false
    var sleep: Duration?
    var isDone = false
  }

  let name: String
  private let seen = Mutex(Seen())

  init(_ name: String, _ configuration: KafkaConfiguration, group: String, topic: String, ledger: Ledger) {
    self.name = name
    Thread.detachNewThread { [self] in
      do { try run(configuration, group, topic, ledger) } catch { seen.withLock { $0.failure = "\(error)" } }
      seen.withLock { $0.isDone = true }
    }
  }

  private func run(_ configuration: KafkaConfiguration, _ group: String, _ topic: String, _ ledger: Ledger) throws {
    let consumer = try StreamConsumer(configuration, group: group, clientID: name)
    let owner = Owner(self, ledger)
    try consumer.subscribe([topic], owner: owner)
    while !(seen.withLock { $0.stop }) {
      if let sleep = seen.withLock({ seen in
        defer { seen.sleep = nil }
        return seen.sleep
      }) {
        Thread.sleep(forTimeInterval: Double(sleep.components.seconds) + 0.5)
      }
      _ = try consumer.withBatch(maximumRecords: 200, timeout: .milliseconds(20)) { ledger.apply($0, by: name) }
    }
    consumer.close()
    withExtendedLifetime(owner) {}
  }

  var snapshot: Seen { seen.withLock { $0 } }
  func sleep(_ time: Duration) { seen.withLock { $0.sleep = time } }

  /// Leaves the group and waits.
  func stop() -> Bool {
    seen.withLock { $0.stop = true }
    return Waiting.until { snapshot.isDone }
  }

  private final class Owner: PartitionOwner {
    private let member: Member
    private let ledger: Ledger

    init(_ member: Member, _ ledger: Ledger) {
      self.member = member
      self.ledger = ledger
    }

    func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
      member.seen.withLock {
        $0.assigned.append(partitions.sorted())
        $0.current.formUnion(partitions)
      }
      return ledger.starts(partitions)
    }

    func revoked(_ partitions: [TopicPartition]) {
      member.seen.withLock {
        $0.revoked.append(partitions.sorted())
        $0.current.subtract(partitions)
      }
    }

    func lost(_ partitions: [TopicPartition]) {
      member.seen.withLock {
        $0.lost.append(partitions.sorted())
        $0.current.subtract(partitions)
      }
    }
  }
}
