import Foundation
import TestSupport
import Testing

@testable import Streams

@Suite(.ownThread) struct PositionTests {
  @Test(arguments: Backend.available) func aPartitionIsReadFromWhereItWasAsked(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("starts", partitions: 3)
    for partition in 0..<3 { try bench.produce(to: topic, 0..<50, partition: Int32(partition)) }
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    let parts = (0..<3).map { TopicPartition(topic, Int32($0)) }
    try consumer.assign([parts[0]: .beginning, parts[1]: .offset(30), parts[2]: .end])
    #expect(consumer.partitions == parts)
    try bench.produce(to: topic, 50..<60, partition: 2)
    let records = try consumer.read(80)
    for (partition, first) in [(0, 0), (1, 30), (2, 50)] {
      let offsets = records.filter { $0.partition == Int32(partition) }.map(\.offset)
      #expect(offsets == Array(Int64(first)..<(partition == 2 ? 60 : 50)))
    }
    #expect(try consumer.poll { consumer.isAtEnd })
    #expect(consumer.lag() == [parts[0]: 0, parts[1]: 0, parts[2]: 0])
    #expect(consumer.position(parts[2]) == 60)
    #expect(try consumer.watermarks(parts[2]) == Watermarks(low: 0, high: 60))
    try consumer.seek(parts[1], to: 45)
    #expect(!consumer.isAtEnd)
    #expect(try consumer.read(5).map(\.offset) == [45, 46, 47, 48, 49])
    #expect(throws: StreamError.self) { try consumer.seek(TopicPartition(topic, 9), to: 0) }
  }

  @Test(arguments: Backend.available) func pausedPartitionsGoOnWhereTheyStopped(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("pause", partitions: 2)
    for partition in 0..<2 { try bench.produce(to: topic, 0..<1_000, partition: Int32(partition)) }
    let (one, two) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign([one: .beginning, two: .beginning])
    var offsets: [TopicPartition: [Int64]] = [one: [], two: []]
    for wanted in [200, 500, 1_000] {
      let isThere = try consumer.poll(
        until: { min(offsets[one]?.count ?? 0, offsets[two]?.count ?? 0) >= wanted },
        { offsets[$0.topicPartition]?.append($0.offset) })
      #expect(isThere)
      try consumer.pause([one, one])
      let end = ContinuousClock.now + .milliseconds(100)
      let isOver = try consumer.poll(
        until: { ContinuousClock.now > end },
        { record in
          #expect(record.topicPartition == two)
          offsets[two]?.append(record.offset)
        })
      #expect(isOver)
      try consumer.resume([one, two])
    }
    #expect(offsets[one] == Array(0..<1_000) && offsets[two] == Array(0..<1_000))
    // A seek between pause and resume stands.
    try consumer.pause([one])
    try consumer.seek(one, to: 990)
    try consumer.resume([one])
    #expect(try consumer.read(10).map(\.offset) == Array(990..<1_000))
  }

  @Test(arguments: Backend.available) func anOffsetBeyondTheLogIsAnError(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("beyond", partitions: 1)
    try bench.produce(to: topic, 0..<10)
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    let partition = TopicPartition(topic, 0)
    try consumer.assign([partition: .offset(500)])
    do {
      _ = try consumer.poll { false }
      Issue.record("no error")
    } catch let error as StreamError {
      #expect(error.code == .outOfRange)
      #expect(error.message.contains("500") && error.message.contains(topic))
      #expect(LogIdentity.standing(of: 500, in: try consumer.watermarks(partition)) == .beyond)
    }
    // The owner may decide to begin anew.
    try consumer.start(partition, at: .beginning)
    #expect(try consumer.read(10).count == 10)
  }

  @Test func trimmedRecordsAreSkippedAndCounted() throws {
    final class Skips: StreamsObserver, @unchecked Sendable {
      // Proof of Sendable: the consumer of this test calls it on the test's thread.
      var records: Int64 = 0
      func skipped(_ partition: TopicPartition, records: Int64) { self.records += records }
    }
    let bench = try Bench(.embedded)
    let topic = try bench.topic("trimmed", partitions: 1)
    let producer = try StreamProducer(bench.configuration)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<9 {
      // Random bytes: lz4 must not save them.
      let megabyte = (0..<100_000).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
      try producer.send(to: topic, key: nil, payload: megabyte)
    }
    #expect(producer.close(within: .seconds(20)))
    let observer = Skips()
    let consumer = try StreamConsumer(bench.configuration, group: nil, observer: observer)
    let partition = TopicPartition(topic, 0)
    let low = try consumer.watermarks(partition).low
    #expect(low > 0)
    #expect(LogIdentity.standing(of: 0, in: try consumer.watermarks(partition)) == .behind(lost: low))
    try consumer.assign([partition: .offset(0)])
    #expect(try consumer.read(1).first?.offset == low)
    #expect(observer.records == low)
  }

  @Test func theAssignmentHandsOutNothingThatItDoesNotExpect() {
    let partition = TopicPartition("t", 0)
    var assignment = Assignment()
    #expect(assignment.firstWelcome(partition) == nil)
    assignment.add(partition, next: 10, held: false)
    #expect(assignment.firstWelcome(partition) == 10)
    assignment.advance(partition, to: 20)
    assignment.reachedEnd(partition, at: 15)
    #expect(assignment[partition]?.isAtEnd == false && assignment[partition]?.next == 20)
    assignment.reachedEnd(partition, at: 20)
    #expect(assignment[partition]?.isAtEnd == true)
    assignment.setPaused(partition, true)
    #expect(assignment.firstWelcome(partition) == nil)
    assignment.setPaused(partition, false)
    assignment.hold(partition)
    #expect(assignment.firstWelcome(partition) == nil)
    assignment.seek(partition, to: 3)
    #expect(assignment.firstWelcome(partition) == 3 && assignment[partition]?.isAtEnd == false)
    assignment.remove(partition)
    #expect(assignment.firstWelcome(partition) == nil && assignment.partitions.isEmpty)
  }

  @Test func aStoredOffsetStandsToItsLog() {
    let log = Watermarks(low: 10, high: 20)
    #expect(LogIdentity.standing(of: 10, in: log) == .continues)
    #expect(LogIdentity.standing(of: 20, in: log) == .continues)
    #expect(LogIdentity.standing(of: 7, in: log) == .behind(lost: 3))
    #expect(LogIdentity.standing(of: 21, in: log) == .beyond)
  }
}
