import CRdKafka

/// A view of one record. Valid inside the closure that `withBatch` calls, and nowhere else: copy out what must stay.
public struct StreamRecord {
  let message: UnsafeMutablePointer<rd_kafka_message_t>

  /// Short names (15 bytes) are made without allocation.
  public var topic: String { String(cString: rd_kafka_topic_name(message.pointee.rkt)) }
  public var partition: Int32 { message.pointee.partition }
  public var offset: Int64 { message.pointee.offset }
  public var topicPartition: TopicPartition { TopicPartition(topic, partition) }

  /// Unix time in milliseconds, set by the producer or by the broker; nil where there is none.
  public var timestampMs: Int64? {
    var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    let time = rd_kafka_message_timestamp(message, &type)
    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time < 0 ? nil : time
  }

  /// nil where the record has no key; an empty key is another thing.
  public var key: UnsafeRawBufferPointer? {
    message.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
  }

  /// nil is a tombstone; an empty payload is another thing.
  public var payload: UnsafeRawBufferPointer? {
    message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
  }

  /// Key and payload.
  public var byteCount: Int { message.pointee.len + message.pointee.key_len }

  /// Parsed on demand, and copied. More than `headerLimit` are cut off: nobody of ours writes so many.
  public var headers: [StreamHeader] {
    var list: OpaquePointer?
    guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
    var result: [StreamHeader] = []
    for index in 0..<Self.headerLimit {
      var name: UnsafePointer<CChar>?
      var value: UnsafeRawPointer?
      var size = 0
      guard rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let name else {
        break
      }
      result.append(
        StreamHeader(String(cString: name), value.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: size)) }))
    }
    return result
  }

  /// The last header of that name.
  public func header(_ name: String) -> [UInt8]? { headers.last { $0.name == name }?.value }

  public static let headerLimit = 64
}

/// What one poll brought: grouped by partition, in offset order within each. Valid inside the closure only.
///
/// - Complexity: O(1) for every access.
public struct RecordBatch: ~Copyable {
  /// The records of one partition: `indices` into the batch.
  public struct Run {
    public let partition: TopicPartition
    public let indices: Range<Int>
  }

  let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>>
  public let count: Int
  /// One for each partition with records.
  public let runs: [Run]

  public var isEmpty: Bool { count == 0 }

  /// - Precondition: 0 <= index < count.
  public subscript(index: Int) -> StreamRecord {
    precondition(index >= 0 && index < count, "record \(index) of a batch of \(count)")
    return StreamRecord(message: messages[index])
  }

  public func forEach(_ body: (StreamRecord) throws -> Void) rethrows {
    for index in 0..<count { try body(StreamRecord(message: messages[index])) }
  }
}
