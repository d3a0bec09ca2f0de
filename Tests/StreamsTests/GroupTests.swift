import Foundation
import TestSupport
import Testing

@testable import Streams

@Suite(.ownThread) struct GroupTests {
  @Test(arguments: Backend.available) func aMemberThatJoinsAndLeavesMovesOnlyWhatItMust(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("group")
    let ledger = Ledger()
    var sent = 0
    func send(_ count: Int) throws {
      try bench.produce(to: topic, sent..<sent + count)
      sent += count
    }
    let first = Member("first", bench.configuration, group: bench.group("g"), topic: topic, ledger: ledger)
    try send(500)
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count == sent })
    #expect(first.snapshot.current.count == 4)

    let second = Member("second", bench.configuration, group: bench.group("g"), topic: topic, ledger: ledger)
    // Events keep coming while the group rebalances.
    #expect(
      Waiting.until(seconds: 40) {
        do { try send(50) } catch { Issue.record(error) }
        return first.snapshot.current.count == 2 && second.snapshot.current.count == 2
      })
    try send(500)
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count == sent })
    let moved = Set(first.snapshot.revoked.flatMap { $0 })
    #expect(moved.count == 2)
    #expect(second.snapshot.current == moved)
    #expect(first.snapshot.current.isDisjoint(with: moved))

    #expect(second.stop())
    #expect(Waiting.until(seconds: 40) { first.snapshot.current.count == 4 })
    try send(300)
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count == sent })
    #expect(first.stop())
    let end = ledger.snapshot
    #expect(end.gaps == 0)
    #expect(Set(end.applied).count == sent && end.applied.count == sent)
    #expect(first.snapshot.failure == nil && second.snapshot.failure == nil)
    #expect(first.snapshot.lost.isEmpty && second.snapshot.lost.isEmpty)
  }

  @Test(arguments: Backend.available) func aMemberThatDidNotPollLosesItsPartitionsAndJoinsAgain(backend: Backend) throws
  {
    let bench = try Bench(backend)
    let topic = try bench.topic("lost")
    let ledger = Ledger()
    var configuration = bench.configuration
    // The embedded cluster takes nothing below 3 s; the broker of the tests does.
    let interval: Duration = backend == .embedded ? .seconds(4) : .seconds(2)
    configuration.sessionTimeout = interval
    configuration.pollInterval = interval
    let member = Member("slow", configuration, group: bench.group("g"), topic: topic, ledger: ledger)
    try bench.produce(to: topic, 0..<100)
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count == 100 })
    member.sleep(interval + .seconds(1))
    #expect(Waiting.until(seconds: 40) { !member.snapshot.lost.isEmpty })
    #expect(Waiting.until(seconds: 40) { member.snapshot.current.count == 4 })
    try bench.produce(to: topic, 100..<200)
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count == 200 })
    #expect(member.stop())
    #expect(ledger.snapshot.gaps == 0)
    #expect(member.snapshot.failure == nil)
  }

  @Test(arguments: Backend.available) func heldPartitionsWaitUntilTheyAreStarted(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("held", partitions: 2)
    try bench.produce(to: topic, 0..<200)
    let consumer = try StreamConsumer(bench.configuration, group: bench.group("g"))
    let owner = Undecided()
    try consumer.subscribe([topic], owner: owner)
    let isAssigned = try consumer.poll(
      until: { owner.owned.count == 2 }, { _ in Issue.record("read from a held partition") })
    #expect(isAssigned)
    _ = try consumer.withBatch(maximumRecords: 10, timeout: .milliseconds(300)) { _ in
      Issue.record("read from a held partition")
    }
    for partition in owner.owned { try consumer.start(partition, at: .offset(5)) }
    let records = try consumer.read(190)
    #expect(records.count == 190)
    #expect(records.allSatisfy { $0.offset >= 5 })
    consumer.close()
    #expect(owner.owned.isEmpty)
  }

  /// As where the store was away during a rebalance: the owner pauses what it has, loses some of it, and gets it back.
  @Test(arguments: Backend.available) func whatWasPausedWhenItWentIsReadWhenItComesBack(backend: Backend) throws {
    let bench = try Bench(backend)
    let (topic, group) = (try bench.topic("paused", partitions: 2), bench.group("g"))
    let consumer = try StreamConsumer(bench.configuration, group: group)
    let owner = FromTheBeginning()
    try consumer.subscribe([topic], owner: owner)
    #expect(try consumer.poll(until: { owner.owned.count == 2 }))
    try consumer.pause(Array(owner.owned))
    let other = Member("other", bench.configuration, group: group, topic: topic, ledger: Ledger())
    #expect(try consumer.poll(until: { owner.owned.count == 1 && other.snapshot.current.count == 1 }))
    let moved = try #require(other.snapshot.current.first)
    #expect(other.stop())
    #expect(try consumer.poll(until: { owner.owned.count == 2 }))
    try bench.produce(to: topic, 0..<50, partition: moved.partition)
    #expect(try consumer.read(50).count == 50)
    consumer.close()
  }

  @Test(arguments: Backend.available) func aDroppedConsumerLeavesItsGroup(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("dropped", partitions: 2)
    let (ledger, group) = (Ledger(), bench.group("g"))
    try bench.produce(to: topic, 0..<10)
    let owner = Undecided()
    do {
      let consumer = try StreamConsumer(bench.configuration, group: group)
      try consumer.subscribe([topic], owner: owner)
      #expect(try consumer.poll(until: { owner.owned.count == 2 }))
    }
    let member = Member("next", bench.configuration, group: group, topic: topic, ledger: ledger)
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count == 10 })
    #expect(member.stop())
  }

  @Test(arguments: Backend.available) func aCommitIsAHintThatANewMemberMayFollow(backend: Backend) throws {
    final class Follower: PartitionOwner {
      func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
        Dictionary(uniqueKeysWithValues: partitions.map { ($0, .committed) })
      }
      func revoked(_ partitions: [TopicPartition]) {}
    }
    let bench = try Bench(backend)
    let topic = try bench.topic("commit", partitions: 1)
    try bench.produce(to: topic, 0..<100)
    let owner = Follower()
    do {
      let consumer = try StreamConsumer(bench.configuration, group: bench.group("g"))
      try consumer.subscribe([topic], owner: owner)
      #expect(try consumer.read(100).count == 100)
      try consumer.commit([TopicPartition(topic, 0): 60], wait: true)
      consumer.close()
      consumer.close()
      #expect(throws: StreamError.self) { try consumer.read(1) }
    }
    let consumer = try StreamConsumer(bench.configuration, group: bench.group("g"))
    try consumer.subscribe([topic], owner: owner)
    #expect(try consumer.read(40).map(\.offset) == Array(60..<100))
  }
}

/// Takes partitions without a start: they are held back.
private final class Undecided: PartitionOwner {
  var owned: [TopicPartition] = []
  func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
    owned += partitions
    return [:]
  }
  func revoked(_ partitions: [TopicPartition]) { owned = [] }
}

private final class FromTheBeginning: PartitionOwner {
  var owned: Set<TopicPartition> = []
  func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
    owned.formUnion(partitions)
    return Dictionary(uniqueKeysWithValues: partitions.map { ($0, .beginning) })
  }
  func revoked(_ partitions: [TopicPartition]) { owned.subtract(partitions) }
}
