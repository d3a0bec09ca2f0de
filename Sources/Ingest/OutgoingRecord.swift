import Events
import Streams

/// A record on its way to the broker, kept until it is acknowledged.
struct OutgoingRecord: Sendable {
  /// A dead letter's message is cut here: a header is for people, not for payloads.
  static let maximumMessageBytes = 512

  var topic: String
  /// Nil lets the key decide.
  var partition: Int32?
  var key: [UInt8]?
  var payload: [UInt8]?
  var headers: [StreamHeader] = []
  /// Nil is now.
  var timestampMs: Int64?

  func send(by producer: StreamProducer, onDelivery: @escaping DeliveryCallback) throws(StreamError) {
    try producer.send(
      to: topic, partition: partition, key: key, payload: payload, headers: headers, timestampMs: timestampMs,
      onDelivery: onDelivery)
  }

  /// The bytes as received, and in headers why and from where.
  static func deadLetter(_ record: StreamRecord, _ fault: EventFault, topic: String) -> OutgoingRecord {
    var letter = OutgoingRecord(
      topic: topic, key: record.key.map { Array($0) }, payload: record.payload.map { Array($0) },
      timestampMs: record.timestampMs)
    letter.headers =
      record.headers + [
        StreamHeader("reason", fault.reason.rawValue), StreamHeader("field", fault.field ?? ""),
        StreamHeader("message", String(fault.message.prefix(maximumMessageBytes))), StreamHeader("topic", record.topic),
        StreamHeader("partition", String(record.partition)), StreamHeader("offset", String(record.offset)),
      ]
    return letter
  }
}
