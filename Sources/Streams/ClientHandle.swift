import CRdKafka

/// Owns one `rd_kafka_t`. The pointer is thread-safe by librdkafka's promise, for as long as this object lives.
// Proof of Sendable: both are constants; librdkafka locks inside.
final class ClientHandle: @unchecked Sendable {
  let pointer: OpaquePointer
  private let context: ClientContext

  /// - Parameters:
  ///   - properties: set in this order.
  ///   - callbacks: registers further callbacks at the configuration.
  init(
    _ role: rd_kafka_type_t, _ properties: [(name: String, value: String)], context: ClientContext,
    callbacks: (OpaquePointer) -> Void = { _ in }
  ) throws(StreamError) {
    guard let configuration = rd_kafka_conf_new() else {
      throw StreamError(.other, "librdkafka has no memory for a configuration")
    }
    var text = [CChar](repeating: 0, count: 512)
    for (name, value) in properties {
      if rd_kafka_conf_set(configuration, name, value, &text, text.count) == RD_KAFKA_CONF_OK { continue }
      rd_kafka_conf_destroy(configuration)
      // The library repeats the value in its words.
      let words = KafkaConfiguration.isSecret(name) ? "the value is not accepted" : "\(cString: text)"
      throw StreamError(.configuration, "Kafka property \"\(name)\": \(words)")
    }
    rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(context).toOpaque())
    rd_kafka_conf_set_error_cb(configuration, onClientError)
    rd_kafka_conf_set_log_cb(configuration, onClientLog)
    callbacks(configuration)
    guard let client = rd_kafka_new(role, configuration, &text, text.count) else {
      rd_kafka_conf_destroy(configuration)
      throw StreamError(.configuration, "the Kafka client cannot be made: \(cString: text)")
    }
    pointer = client
    self.context = context
  }

  /// Waits for the library's threads. Records that were not delivered are dropped: flush before.
  deinit { rd_kafka_destroy(pointer) }

  /// The cluster's id; the same for every broker of it, and for ever.
  func clusterID(within limit: Duration) throws(StreamError) -> String {
    guard let text = rd_kafka_clusterid(pointer, milliseconds(limit)) else {
      throw StreamError(.unavailable, "no broker told the cluster's id within \(limit)")
    }
    defer { rd_kafka_mem_free(pointer, text) }
    return String(cString: text)
  }

  func watermarks(_ partition: TopicPartition, within limit: Duration) throws(StreamError) -> Watermarks {
    var low: Int64 = 0
    var high: Int64 = 0
    let code = rd_kafka_query_watermark_offsets(
      pointer, partition.topic, partition.partition, &low, &high, milliseconds(limit))
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw StreamError(code, "watermarks of \(partition)") }
    return Watermarks(low: low, high: high)
  }

  /// The partitions of a topic; nil when there is no such topic.
  func partitionCount(of topic: String, within limit: Duration) throws(StreamError) -> Int? {
    try metadata(of: topic, within: limit).first { $0.name == topic }?.partitions
  }

  /// The topics of the cluster, or one of them.
  func metadata(of topic: String?, within limit: Duration) throws(StreamError) -> [(name: String, partitions: Int)] {
    let handle = topic.flatMap { rd_kafka_topic_new(pointer, $0, nil) }
    defer { if let handle { rd_kafka_topic_destroy(handle) } }
    var result: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(pointer, handle == nil ? 1 : 0, handle, &result, milliseconds(limit))
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let result else { throw StreamError(code, "metadata") }
    defer { rd_kafka_metadata_destroy(result) }
    var topics: [(name: String, partitions: Int)] = []
    for entry in UnsafeBufferPointer(start: result.pointee.topics, count: Int(result.pointee.topic_cnt)) {
      let name = String(cString: entry.topic)
      if entry.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART { continue }
      guard entry.err == RD_KAFKA_RESP_ERR_NO_ERROR else { throw StreamError(entry.err, "metadata of \(name)") }
      topics.append((name, Int(entry.partition_cnt)))
    }
    return topics
  }
}

/// For librdkafka's time-outs: from 0 to 24 days.
func milliseconds(_ limit: Duration) -> Int32 {
  let (seconds, attoseconds) = limit.components
  if seconds >= Int64(Int32.max / 1_000) { return Int32.max }
  return Int32(clamping: max(0, seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
}
