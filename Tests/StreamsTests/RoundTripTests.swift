import Foundation
import Identity
import Synchronization
import TestSupport
import Testing

@testable import Streams

@Suite(.ownThread) struct RoundTripTests {
  @Test(arguments: Backend.available) func recordsOfAKeyKeepTheirOrderInTheirPartition(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("order")
    try bench.produce(to: topic, 0..<2_000)
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign(everything(topic))
    let records = try consumer.read(2_000)
    #expect(records.count == 2_000)
    for (key, ofKey) in Dictionary(grouping: records, by: \.key) {
      #expect(ofKey.map { Int($0.payload) ?? -1 } == Array(0..<2_000).filter { "user-\($0 % 7)" == key })
      #expect(Set(ofKey.map(\.partition)) == [Partitioner.partition(of: EntityID(key), partitions: 4)])
    }
    for ofPartition in Dictionary(grouping: records, by: \.partition).values {
      #expect(ofPartition.map(\.offset) == Array(0..<Int64(ofPartition.count)))
    }
  }

  @Test(arguments: Backend.available) func keysPayloadsHeadersAndTimesComeAsTheyWent(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("shapes", partitions: 1)
    let producer = try StreamProducer(bench.configuration)
    defer { producer.close() }
    let odd: [UInt8] = [0, 255, 10, 13]
    let headers = [
      StreamHeader("a", "b"), StreamHeader("a", odd), StreamHeader("none", nil), StreamHeader("empty", ""),
    ]
    try producer.send(to: topic, key: odd, payload: odd, headers: headers, timestampMs: 1_234_567_890_123)
    try producer.send(to: topic, key: [], payload: [])
    try producer.send(to: topic, key: nil, payload: nil)
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign(everything(topic, partitions: 1))
    var seen = 0
    let isComplete = try consumer.poll(
      until: { seen == 3 },
      { record in
        #expect(record.offset == Int64(seen))
        #expect(record.topic == topic)
        switch seen {
        case 0:
          #expect(record.key.map { Array($0) } == odd && record.payload.map { Array($0) } == odd)
          #expect(record.timestampMs == 1_234_567_890_123)
          #expect(record.headers == headers)
          #expect(record.header("a") == odd)
        case 1: #expect(record.key?.count == 0 && record.payload?.count == 0 && record.headers.isEmpty)
        default: #expect(record.key == nil && record.payload == nil)
        }
        seen += 1
      })
    #expect(isComplete)
  }

  @Test(arguments: Backend.available) func aBatchHoldsAtMostWhatWasAskedFor(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("bounds")
    try bench.produce(to: topic, 0..<1_000)
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign(everything(topic))
    var total = 0
    while total < 1_000 {
      let got = try consumer.withBatch(maximumRecords: 37, timeout: .seconds(20)) { batch in
        #expect((1...37).contains(batch.count))
        #expect(batch.runs.map(\.indices.count).reduce(0, +) == batch.count)
        for run in batch.runs {
          for index in run.indices { #expect(batch[index].topicPartition == run.partition) }
          for index in run.indices.dropFirst() { #expect(batch[index].offset == batch[index - 1].offset + 1) }
        }
      }
      try #require(got > 0)
      total += got
    }
    #expect(total == 1_000)
    // A batch ends with the 64 records in which the bytes are reached.
    try consumer.assign(everything(topic))
    let got = try consumer.withBatch(maximumRecords: 1_000, maximumBytes: 10, timeout: .seconds(20)) { _ in }
    #expect((1...65).contains(got))
  }

  @Test(arguments: Backend.available) func aBatchThatThrewIsReadAgain(backend: Backend) throws {
    struct Refused: Error {}
    let bench = try Bench(backend)
    let topic = try bench.topic("again")
    try bench.produce(to: topic, 0..<300)
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign(everything(topic))
    for _ in 0..<3 {
      #expect(throws: Refused.self) {
        while true { _ = try consumer.withBatch(maximumRecords: 50, timeout: .seconds(1)) { _ in throw Refused() } }
      }
    }
    let records = try consumer.read(300)
    #expect(records.count == 300)
    #expect(Set(records.map(\.payload)).count == 300)
  }

  @Test(arguments: Backend.available) func everySentRecordIsReportedOnce(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("reports", partitions: 2)
    let producer = try StreamProducer(bench.configuration)
    let locations = Mutex<[RecordLocation]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for number in 0..<200 {
        do {
          try producer.send(to: topic, key: Array("\(thread)".utf8), payload: Array("\(number)".utf8)) { result in
            if case .success(let location) = result { locations.withLock { $0.append(location) } }
          }
        } catch { Issue.record(error) }
      }
    }
    #expect(producer.close())
    let all = locations.withLock { $0 }
    #expect(all.count == 1_600)
    #expect(Set(all.map { "\($0.partition)/\($0.offset)" }).count == 1_600)
    #expect(throws: StreamError.self) { try producer.send(to: topic, key: nil, payload: []) }
  }
}
