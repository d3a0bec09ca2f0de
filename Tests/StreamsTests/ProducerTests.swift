import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Streams

/// A broker that is not there: nothing listens on port 1.
private let nowhere = KafkaConfiguration(brokers: "127.0.0.1:1")

@Suite(.ownThread) struct ProducerTests {
  private final class Reports: Sendable {
    let good = Atomic<Int>(0)
    let bad = Mutex<[StreamError.Code]>([])

    func callback(_ result: Result<RecordLocation, StreamError>) {
      switch result {
      case .success: good.wrappingAdd(1, ordering: .relaxed)
      case .failure(let error): bad.withLock { $0.append(error.code) }
      }
    }
  }

  @Test func aFullQueueIsAnErrorAtOnceAndCloseReportsOnEveryRecord() throws {
    var options = StreamProducer.Options()
    options.queueRecords = 100
    let producer = try StreamProducer(nowhere, options: options)
    let reports = Reports()
    for _ in 0..<100 { try producer.send(to: "t", key: nil, payload: [1], onDelivery: reports.callback) }
    do {
      try producer.send(to: "t", key: nil, payload: [1], onDelivery: reports.callback)
      Issue.record("the queue took more than its bound")
    } catch {
      #expect(error.code == .queueFull && error.isTransient)
    }
    #expect(producer.queuedCount == 100)
    #expect(!producer.flush(within: .milliseconds(20)))
    #expect(!producer.close(within: .milliseconds(20)))
    #expect(reports.bad.withLock { $0 } == Array(repeating: .closed, count: 100))
    #expect(producer.queuedCount == 0)
    producer.close()
    #expect(throws: StreamError.self) { try producer.send(to: "t", key: nil, payload: [1]) }
  }

  @Test func recordsThatNobodyAcknowledgesAreGivenUpInTime() throws {
    var options = StreamProducer.Options()
    options.deliveryTimeout = .milliseconds(300)
    let producer = try StreamProducer(nowhere, options: options)
    let reports = Reports()
    try producer.send(to: "t", key: nil, payload: [1], onDelivery: reports.callback)
    #expect(producer.flush(within: .seconds(20)))
    #expect(reports.bad.withLock { $0 } == [.timedOut])
  }

  @Test func aProducerThatIsDroppedReportsToo() throws {
    let reports = Reports()
    do {
      let producer = try StreamProducer(nowhere)
      try producer.send(to: "t", key: nil, payload: [1], onDelivery: reports.callback)
    }
    #expect(Waiting.until(seconds: 40) { reports.bad.withLock { $0.count } == 1 })
  }

  @Test func theProducerMayBeClosedFromADeliveryCallback() throws {
    let bench = try Bench(.embedded)
    let topic = try bench.topic("close")
    let producer = try StreamProducer(bench.configuration)
    let reports = Reports()
    for _ in 0..<10 {
      try? producer.send(to: topic, key: nil, payload: [1]) {
        producer.close()
        reports.callback($0)
      }
    }
    #expect(
      Waiting.until(seconds: 40) { reports.good.load(ordering: .relaxed) + reports.bad.withLock { $0.count } > 0 })
    producer.close()
    #expect(producer.queuedCount == 0)
  }

  @Test func sendsThatRaceWithCloseAreRefusedOrReported() throws {
    let bench = try Bench(.embedded)
    let topic = try bench.topic("race")
    for _ in 0..<5 {
      let producer = try StreamProducer(bench.configuration)
      let reports = Reports()
      let taken = Atomic<Int>(0)
      DispatchQueue.concurrentPerform(iterations: 4) { thread in
        if thread == 3 { producer.close() }
        for _ in 0..<200 {
          do {
            try producer.send(to: topic, key: nil, payload: [1], onDelivery: reports.callback)
            taken.wrappingAdd(1, ordering: .relaxed)
          } catch { #expect((error as? StreamError)?.code == .closed) }
        }
      }
      let reported = reports.good.load(ordering: .relaxed) + reports.bad.withLock { $0.count }
      #expect(reported == taken.load(ordering: .relaxed))
    }
  }

  @Test func aRecordThatIsTooLargeIsAnErrorAtOnce() throws {
    let producer = try StreamProducer(nowhere)
    defer { producer.close(within: .zero) }
    do {
      try producer.send(to: "t", key: nil, payload: [UInt8](repeating: 1, count: 2 << 20))
      Issue.record("no error")
    } catch { #expect(error.code == .tooLarge) }
  }

  @Test(arguments: Backend.available) func deadLettersKeepTheBytesAndSayWhy(backend: Backend) throws {
    let bench = try Bench(backend)
    let (topic, letters) = (try bench.topic("source", partitions: 1), try bench.topic("dead", partitions: 1))
    let producer = try StreamProducer(bench.configuration)
    defer { producer.close() }
    let payload: [UInt8] = Array("{\"type\": \0\u{FF}".utf8)
    try producer.send(to: topic, key: nil, payload: [1])
    try producer.send(to: topic, key: Array("k".utf8), payload: payload, headers: [StreamHeader("own", "x")])
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign(everything(topic, partitions: 1))
    let writer = DeadLetterWriter(producer, topic: letters)
    var seen = 0
    while seen < 2 {
      seen += try consumer.withBatch(maximumRecords: 10, timeout: .seconds(20)) { batch in
        for index in 0..<batch.count where batch[index].offset == 1 {
          try writer.write(
            batch[index], reason: "bad_json", message: String(repeating: "long ", count: 1_000), field: "type")
        }
      }
    }
    try writer.settle(within: .seconds(20))
    #expect(writer.outstandingCount == 0)
    try consumer.assign(everything(letters, partitions: 1))
    var letter = false
    let isRead = try consumer.poll(
      until: { letter },
      { record in
        #expect(record.key.map { Array($0) } == Array("k".utf8) && record.payload.map { Array($0) } == payload)
        let headers = record.headers
        #expect(headers.map(\.name) == ["own", "reason", "message", "field", "topic", "partition", "offset"])
        #expect(headers[2].value?.count == 512)
        #expect([0, 1, 3, 4, 5, 6].map { headers[$0].text } == ["x", "bad_json", "type", topic, "0", "1"])
        letter = true
      })
    #expect(isRead)
  }

  @Test func deadLettersThatNobodyTakesAreAnErrorForTheBatch() throws {
    let bench = try Bench(.embedded)
    let topic = try bench.topic("letters", partitions: 1)
    try bench.produce(to: topic, 0..<1)
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign(everything(topic, partitions: 1))
    var options = StreamProducer.Options()
    options.queueRecords = 5
    let producer = try StreamProducer(nowhere, options: options)
    let writer = DeadLetterWriter(producer, topic: "dead")
    _ = try consumer.withBatch(maximumRecords: 1, timeout: .seconds(20)) { batch in
      for _ in 0..<5 { try writer.write(batch[0], reason: "r", message: "m") }
      do {
        try writer.write(batch[0], reason: "r", message: "m", patience: .milliseconds(20))
        Issue.record("no error")
      } catch { #expect((error as? StreamError)?.code == .queueFull) }
    }
    #expect(writer.outstandingCount == 5)
    #expect(throws: StreamError.self) { try writer.settle(within: .milliseconds(20)) }
    producer.close(within: .zero)
    do {
      try writer.settle(within: .seconds(5))
      Issue.record("no error")
    } catch { #expect(error.code == .closed) }
    try writer.settle(within: .seconds(5))
  }
}
