import Events
import Identity
import State
import Streams
import Telemetry

/// Item descriptions from the `items` topic: every process that scores reads all of it, from its beginning, without a
/// group. Belongs to the follower's thread.
public final class KafkaCatalogue: CatalogueSource {
  /// Records of one poll: the follower learns between two of them.
  private static let records = 2_000

  private let consumer: StreamConsumer
  private let decoder = ItemDecoder()
  private let topic: String
  private let partitions: Int
  private let metrics: FreshetMetrics
  private let log = Logger("items")
  private var isAssigned = false
  public private(set) var isCaughtUp = false

  /// - Parameter partitions: of the topic.
  public init(_ kafka: KafkaConfiguration, topic: String, partitions: Int, metrics: FreshetMetrics) throws(StreamError)
  {
    consumer = try StreamConsumer(kafka, group: nil, clientID: "freshet-items")
    self.topic = topic
    self.partitions = partitions
    self.metrics = metrics
  }

  public func poll(into state: ItemState) throws -> Int {
    if !isAssigned {
      var starts: [TopicPartition: StartOffset] = [:]
      for partition in 0..<partitions { starts[TopicPartition(topic, Int32(partition))] = .beginning }
      try consumer.assign(starts)
      isAssigned = true
    }
    var changed = 0
    _ = try consumer.withBatch(maximumRecords: Self.records, timeout: .zero) { batch in
      batch.forEach { record in if take(record, state) { changed += 1 } }
    }
    isCaughtUp = isCaughtUp || consumer.isAtEnd
    return changed
  }

  private func take(_ record: StreamRecord, _ state: ItemState) -> Bool {
    do throws(EventFault) {
      guard let payload = record.payload, !payload.isEmpty else {
        guard let key = record.key else { return false }
        state.remove(ItemKey(try EntityID.ofKey(key)))
        return true
      }
      let item = try decoder.decode(payload, key: record.key)
      let metadata = ItemMetadata(
        title: item.title, genres: item.genres, year: item.year, tags: item.tags, price: item.price,
        isAvailable: item.isAvailable)
      guard state.describe(item.id, metadata) != nil else {
        log.error("the item state is full", ["item": "\(item.id)"])
        return false
      }
      return true
    } catch {
      metrics.eventsRejected[error.reason.rawValue].add()
      log.warning("an item record was refused", ["offset": .integer(record.offset), "reason": "\(error)"])
      return false
    }
  }

  public func close() { consumer.close() }
}
