import Foundation
import TestSupport
import Testing

@testable import Streams

/// With what is not ours: another client, and a broker that goes away.
@Suite(.ownThread) struct OutsideTests {
  @Test(
    .enabled(if: CommandLineTool.exists("kcat"), "kcat is not installed (make setup)"),
    arguments: Backend.available)
  func kcatAndWeReadEachOther(backend: Backend) throws {
    let bench = try Bench(backend)
    let topic = try bench.topic("kcat", partitions: 1)
    let kcat = ["kcat", "-b", bench.configuration.brokers, "-t", topic]
    let sent = try CommandLineTool.run(kcat + ["-P", "-K:", "-H", "from=kcat"], input: "user-1:one\nuser-2:two\n")
    #expect(sent.status == 0, "\(sent.output)")
    let consumer = try StreamConsumer(bench.configuration, group: nil)
    try consumer.assign(everything(topic, partitions: 1))
    var headers: [String?] = []
    var seen: [String] = []
    let isRead = try consumer.poll(
      until: { seen.count == 2 },
      { record in
        seen.append(Copied(record).key + "=" + Copied(record).payload)
        headers.append(record.header("from").map { String(decoding: $0, as: UTF8.self) })
      })
    #expect(isRead && seen == ["user-1=one", "user-2=two"] && headers == ["kcat", "kcat"])
    try bench.produce(to: topic, 3..<5)
    let read = try CommandLineTool.run(kcat + ["-C", "-e", "-q", "-f", "%k=%s;"])
    #expect(read.output == "user-1=one;user-2=two;user-3=3;user-4=4;", "\(read.output)")
  }

  @Test(.enabled(if: KafkaBroker.isAvailable, "a crash of the broker needs a real Kafka"))
  func aCrashOfTheBrokerInMidStreamLosesNothing() throws {
    let broker = try KafkaBroker.start()
    defer { broker.kill() }
    let configuration = KafkaConfiguration(brokers: broker.address)
    let topic = TopicDefinition("restart", partitions: 4)
    try TopicAdministrator(configuration).apply([topic], replication: 1)
    let ledger = Ledger()
    let member = Member("m", configuration, group: "g", topic: topic.name, ledger: ledger)
    let producer = try StreamProducer(configuration)
    var sent = 0
    func send(_ count: Int) throws {
      for number in sent..<sent + count {
        try producer.send(to: topic.name, key: Array("user-\(number % 13)".utf8), payload: Array("\(number)".utf8))
      }
      sent += count
    }
    try send(500)
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count >= sent })
    try send(500)
    broker.kill()
    try send(500)
    try broker.restart()
    try send(500)
    #expect(producer.flush(within: .seconds(40)))
    #expect(Waiting.until(seconds: 40) { ledger.snapshot.applied.count >= sent })
    #expect(producer.close())
    #expect(member.stop())
    let end = ledger.snapshot
    #expect(end.applied.count == sent && Set(end.applied).count == sent)
    #expect(end.gaps == 0 && member.snapshot.failure == nil)
  }
}
