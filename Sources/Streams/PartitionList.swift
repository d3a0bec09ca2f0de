import CRdKafka

/// Owns a list of partitions with offsets, as librdkafka takes and gives them.
struct PartitionList: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  init(_ partitions: some Collection<TopicPartition>) {
    pointer = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
    for partition in partitions {
      rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
    }
  }

  init(_ offsets: [TopicPartition: Int64]) {
    pointer = rd_kafka_topic_partition_list_new(Int32(clamping: offsets.count))
    for (partition, offset) in offsets {
      rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition).pointee.offset = offset
    }
  }

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  /// The first error of a single partition.
  func check(_ doing: String) throws(StreamError) {
    for entry in PartitionList.entries(pointer) where entry.err != RD_KAFKA_RESP_ERR_NO_ERROR {
      throw StreamError(entry.err, "\(doing) \(String(cString: entry.topic))/\(entry.partition)")
    }
  }

  /// Partitions with their offsets; negative ones are librdkafka's names for places.
  var offsets: [TopicPartition: Int64] {
    var result: [TopicPartition: Int64] = [:]
    for entry in PartitionList.entries(pointer) {
      result[TopicPartition(String(cString: entry.topic), entry.partition)] = entry.offset
    }
    return result
  }

  static func entries(
    _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  ) -> UnsafeMutableBufferPointer<rd_kafka_topic_partition_t> {
    UnsafeMutableBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
  }

  static func partitions(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
    entries(list).map { TopicPartition(String(cString: $0.topic), $0.partition) }
  }
}
