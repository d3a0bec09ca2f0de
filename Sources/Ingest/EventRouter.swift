import Events
import Identity
import Lifecycle
import State
import Streams
import Telemetry

/// Decodes records and sends each where it belongs: to its shard, to its user's own partition, or to the dead letters.
/// One thread.
final class EventRouter {
  /// Names the event id that a forwarded event without one gets; a header, so that the payload stays as it came.
  static let eventIDHeader = "freshet-event-id"

  /// What a router without a producer had to keep to itself.
  struct Withheld {
    var forwards = 0
    var refusals = 0
  }

  private let configuration: IngestConfiguration
  private let metrics: FreshetMetrics
  private let producer: StreamProducer?
  private let meaning: EventMeaning
  private let decoder: EventDecoder
  private let clock = SystemClock()
  private let barrier = AckBarrier()
  /// What was sent since the last settling, to be sent again where the broker refused.
  private var unsettled: [OutgoingRecord] = []
  /// Why one of them was not taken, until they are sent again.
  private var refusal: String?
  private(set) var withheld = Withheld()

  /// - Parameter producer: nil for a replay: what ingestion would send, it has sent.
  init(_ configuration: IngestConfiguration, metrics: FreshetMetrics, producer: StreamProducer?) {
    self.configuration = configuration
    self.metrics = metrics
    self.producer = producer
    meaning = EventMeaning(configuration.rules)
    decoder = EventDecoder(rules: configuration.rules)
  }

  /// A record of the log: into the shard's batch, or away.
  func route(_ record: StreamRecord, into shard: OwnedShard) {
    defer { shard.took(offset: record.offset, brokerMs: brokerMs(record)) }
    do throws(EventFault) {
      try decode(record)
    } catch {
      return refuse(record, error)
    }
    let event = decoder.event
    let user = event.user.bytes
    guard Partitioner.partition(of: user, partitions: configuration.shards) == record.partition else {
      return send(record, event)
    }
    if !add(event, record, to: shard.writer) {
      refuse(
        record,
        EventFault(
          reason: .inconsistent, field: "user",
          message: "another user's id has the same 64-bit hash: give one another id",
          offset: 0))
    }
  }

  /// A broker sets a record's time where the producer did not; only ancient message formats have none.
  private func brokerMs(_ record: StreamRecord) -> Int64 { record.timestampMs ?? clock.nowMilliseconds }

  private func decode(_ record: StreamRecord) throws(EventFault) {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    try decoder.decode(record.payload ?? nothing, brokerTimeMs: brokerMs(record))
  }

  private func add(_ event: DecodedEvent, _ record: StreamRecord, to writer: ShardWriter) -> Bool {
    writer.add(event, meaning, eventHash: eventHash(event, record), offset: record.offset)
  }

  /// 0 stands for an event without an id.
  private func eventHash(_ event: DecodedEvent, _ record: StreamRecord) -> UInt64 {
    if let id = event.eventID { return max(1, id.hash64) }
    if let id = record.header(Self.eventIDHeader) { return max(1, Hash64.of(id)) }
    return 0
  }

  /// A record of an input topic: to its user's partition of the log.
  func forward(_ record: StreamRecord) {
    do throws(EventFault) {
      try decode(record)
    } catch {
      return refuse(record, error)
    }
    send(record, decoder.event)
  }

  private func send(_ record: StreamRecord, _ event: DecodedEvent) {
    guard producer != nil else {
      withheld.forwards += 1
      return
    }
    var outgoing = OutgoingRecord(
      topic: configuration.topic,
      partition: Partitioner.partition(of: event.user.bytes, partitions: configuration.shards),
      key: Array(event.user.bytes), payload: record.payload.map { Array($0) }, timestampMs: brokerMs(record))
    if event.eventID == nil {
      let id = record.header(Self.eventIDHeader) ?? Array("\(record.topic)/\(record.partition)/\(record.offset)".utf8)
      outgoing.headers.append(StreamHeader(Self.eventIDHeader, id))
    }
    unsettled.append(outgoing)
    dispatch(outgoing)
  }

  private func refuse(_ record: StreamRecord, _ fault: EventFault) {
    guard producer != nil else {
      withheld.refusals += 1
      return
    }
    metrics.eventsRejected[fault.reason.rawValue].add()
    metrics.deadLetters[fault.reason.rawValue].add()
    let letter = OutgoingRecord.deadLetter(record, fault, topic: configuration.deadLetters)
    unsettled.append(letter)
    dispatch(letter)
  }

  private func dispatch(_ record: OutgoingRecord) {
    guard let producer else { return }
    barrier.sent()
    let barrier = barrier
    do throws(StreamError) {
      try record.send(by: producer) { result in
        switch result {
        case .success: barrier.acknowledged(failure: nil)
        case .failure(let error): barrier.acknowledged(failure: "\(error)")
        }
      }
    } catch {
      barrier.acknowledged(failure: "\(error)")
    }
  }

  /// Waits until the broker has what was sent.
  func settle(within limit: Duration) -> AckOutcome {
    if unsettled.isEmpty { return .allAcknowledged }
    if let refusal { return .failed(refusal) }
    let outcome = barrier.wait(atMost: limit)
    switch outcome {
    case .allAcknowledged: unsettled.removeAll()
    case .failed(let reason): refusal = reason
    case .timedOut: break
    }
    return outcome
  }

  /// Sends everything again: the duplicate window keeps what arrives twice from counting twice.
  func resend() {
    refusal = nil
    for record in unsettled { dispatch(record) }
  }
}
