import Events
import Identity
import State
import Store
import Streams
import TestSupport

@testable import Ingest

/// The run without faults: reads the log back, record by record, and folds it into a store in memory. Beside it counts,
/// by other means than the fold, how often each user's and each item's events must have been applied.
final class LogFold {
  /// What one user's events come to since the user was last erased.
  struct UserCount {
    var interactions = 0
    var impressions = 0
    /// Ids seen; an event without one counts each time.
    var ids: Set<String> = []
  }

  private let consumer: StreamConsumer
  private let topic: String
  private let shards: Int32
  private let decoder: EventDecoder
  private let meaning: EventMeaning
  private let database = MemoryDatabase()
  private var writers: [ShardWriter] = []
  /// Serials of the good events that stand in their user's partition.
  private(set) var serials: Set<Int> = []
  private(set) var users: [String: UserCount] = [:]
  private(set) var items: [String: Int] = [:]
  private(set) var records = 0

  init(_ kafka: KafkaConfiguration, topic: String, shards: Int32, rules: EventRules) throws {
    consumer = try StreamConsumer(kafka, group: nil, clientID: "fault-rig")
    self.topic = topic
    self.shards = shards
    decoder = EventDecoder(rules: rules)
    meaning = EventMeaning(rules)
    for shard in 0..<shards {
      let writer = ShardWriter(
        shard: shard, log: LogName("the log, read back", isEphemeral: false), store: MemoryStore(database),
        erasureSalt: 5)
      _ = try writer.open()
      writers.append(writer)
    }
  }

  private var isAssigned = false

  /// Where each partition ends now.
  func ends() throws -> [Int32: Int64] {
    var ends: [Int32: Int64] = [:]
    for shard in 0..<shards { ends[shard] = try consumer.watermarks(TopicPartition(topic, shard)).high }
    return ends
  }

  /// Folds on up to `ends`.
  func advance(to ends: [Int32: Int64], seconds: Double) throws {
    if !isAssigned {
      var starts: [TopicPartition: StartOffset] = [:]
      for shard in 0..<shards { starts[TopicPartition(topic, shard)] = .beginning }
      try consumer.assign(starts)
      isAssigned = true
    }
    let limit = RigClock.now + seconds
    while !ends.allSatisfy({ (consumer.position(TopicPartition(topic, $0.key)) ?? 0) >= $0.value }) {
      guard RigClock.now < limit else { throw TestToolError("the log cannot be read back within \(seconds) s") }
      _ = try consumer.withBatch(maximumRecords: 2_000, timeout: .milliseconds(50)) { batch in
        for run in batch.runs {
          let writer = writers[Int(run.partition.partition)]
          for index in run.indices { fold(batch[index], writer) }
          let outcome = try writer.commit(
            nextOffset: batch[run.indices.upperBound - 1].offset + 1, observer: SilentApplyObserver())
          guard outcome == .committed else { throw TestToolError("the reference fold was fenced") }
        }
      }
    }
  }

  /// The same digest as a store's that holds the same facts.
  func digest() throws -> StateDigest { try StateDigest(of: MemoryStore(database), shards: 0..<shards) }

  private func fold(_ record: StreamRecord, _ writer: ShardWriter) {
    records += 1
    let brokerMs = record.timestampMs ?? 0
    do throws(EventFault) {
      try decoder.decode(record.payload ?? UnsafeRawBufferPointer(start: nil, count: 0), brokerTimeMs: brokerMs)
    } catch {
      return
    }
    let event = decoder.event
    let user = event.user.bytes
    // Astray: what counts is its forwarded copy.
    guard Partitioner.partition(of: user, partitions: shards) == record.partition else { return }
    if let serial = event.session.flatMap({ Int($0.text.dropFirst()) }) { serials.insert(serial) }
    let id = event.eventID?.text ?? record.header("freshet-event-id").map { String(decoding: $0, as: UTF8.self) }
    let hash = id.map { max(1, Hash64.of(Array($0.utf8))) } ?? 0
    count(event, id)
    let isTaken: Bool
    switch event.kind {
    case .interaction:
      isTaken = writer.interaction(
        user: user, userHash: event.user.hash64, meaning.interaction(event, eventHash: hash), item: event.item.bytes,
        itemForm: event.item.form, offset: record.offset)
    case .impression:
      isTaken = writer.impression(
        user: user, userHash: event.user.hash64, shown: [], timeMs: event.timeMs, eventHash: hash,
        offset: record.offset)
    case .profile:
      isTaken = writer.profile(
        user: user, userHash: event.user.hash64, attributes: event.attributes.map { ($0.name, Self.value($0)) },
        timeMs: event.timeMs, eventHash: hash, offset: record.offset)
    case .erase:
      isTaken = writer.erase(
        user: user, userHash: event.user.hash64, timeMs: event.timeMs, offset: record.offset)
    }
    precondition(isTaken, "two of the rig's users have one hash")
  }

  private func count(_ event: DecodedEvent, _ id: String?) {
    let name = event.user.text
    if event.kind == .erase {
      users[name] = UserCount()
      return
    }
    if let id, !users[name, default: UserCount()].ids.insert(id).inserted { return }
    switch event.kind {
    case .interaction:
      users[name, default: UserCount()].interactions += 1
      items[event.item.text, default: 0] += 1
    case .impression: users[name, default: UserCount()].impressions += 1
    default: break
    }
  }

  private static func value(_ attribute: AttributeView) -> AttributeValue? {
    switch attribute.value {
    case .text(let text): .text(text.text)
    case .number(let number): .number(number)
    case .flag(let flag): .flag(flag)
    case .null: nil
    }
  }
}
