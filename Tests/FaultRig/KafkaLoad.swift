import Foundation
import Identity
import Streams
import Synchronization
import TestSupport

/// Produces events to Kafka at a steady rate, as an outside producer would: idempotent, `acks=all`.
final class KafkaLoad: Sendable {
  private let producer: StreamProducer
  private let source: Mutex<EventSource>
  private let ledger: Ledger
  private let gate: LoadGate
  private let topic: String
  private let shards: Int32
  private let perSecond: Double

  init(
    _ kafka: KafkaConfiguration, topic: String, shards: Int32, perSecond: Double, source: EventSource, ledger: Ledger,
    gate: LoadGate
  ) throws {
    var options = StreamProducer.Options()
    options.deliveryTimeout = .seconds(120)
    producer = try StreamProducer(kafka, options: options)
    self.source = Mutex(source)
    self.ledger = ledger
    self.gate = gate
    self.topic = topic
    self.shards = shards
    self.perSecond = perSecond
  }

  func start() {
    let thread = Thread { [self] in run() }
    thread.name = "kafka-load"
    thread.start()
  }

  private func run() {
    var due = RigClock.now
    while gate.enter() {
      // What was held back is not made up for: the rate is the same before and after a pause.
      due = max(due, RigClock.now - 0.1)
      while due <= RigClock.now {
        due += 1 / perSecond
        send()
      }
      gate.leave()
      RigClock.sleep(0.005)
    }
    producer.close(within: .seconds(5))
  }

  private func send() {
    let event = source.withLock { $0.next(nowMs: RigClock.wallMs) }
    let home = Array(event.user.utf8).withUnsafeBytes { Partitioner.partition(of: $0, partitions: shards) }
    let partition = event.isAstray ? (home + 1) % shards : home
    ledger.produced()
    do {
      try producer.send(
        to: topic, partition: partition, key: event.isAstray ? nil : Array(event.user.utf8),
        payload: Array(event.payload.utf8)
      ) { [ledger] result in
        if case .success = result { ledger.acknowledged(event) }
      }
    } catch {
      // A full queue: the producer was told at once, and so nothing is owed.
      RigClock.sleep(0.01)
    }
  }

  /// Waits until the broker has answered for everything that was sent.
  func settle(seconds: Int) throws {
    guard producer.flush(within: .seconds(seconds)) else {
      throw TestToolError("\(producer.queuedCount) records are not acknowledged after \(seconds) s")
    }
  }
}
