import CRdKafka
import Synchronization
import Telemetry

/// Where the broker has put a record.
public struct RecordLocation: Sendable, Equatable {
  public let partition: Int32
  /// Negative where the broker does not say.
  public let offset: Int64

  public init(partition: Int32, offset: Int64) {
    self.partition = partition
    self.offset = offset
  }
}

/// Hears once what became of a record: on the producer's poll thread; must not wait, and must not close the producer.
public typealias DeliveryCallback = @Sendable (Result<RecordLocation, StreamError>) -> Void

/// Carries a callback through the library; released by the delivery report.
final class DeliveryTicket: Sendable {
  let callback: DeliveryCallback
  init(_ callback: @escaping DeliveryCallback) { self.callback = callback }
}

/// What a producer's callbacks need.
final class ProducerContext: ClientContext, @unchecked Sendable {
  // Proof of Sendable: an atomic, beside what the base class has.
  /// Records taken and not yet reported on.
  let outstanding = Atomic<Int>(0)
}

/// Runs on the producer's poll thread, once for each record.
func onDelivery(
  _ client: OpaquePointer?, _ message: UnsafePointer<rd_kafka_message_t>?, _ opaque: UnsafeMutableRawPointer?
) {
  guard let message, let context = ClientContext.of(opaque) as? ProducerContext else { return }
  defer { context.outstanding.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
  let ticket = message.pointee._private.map { Unmanaged<DeliveryTicket>.fromOpaque($0).takeRetainedValue() }
  let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
  if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
    context.observer.produced(topic: topic)
    ticket?.callback(
      .success(RecordLocation(partition: message.pointee.partition, offset: message.pointee.offset)))
    return
  }
  let error = StreamError(message.pointee.err, "send to \(topic)")
  context.observer.failed(topic: topic, error: error)
  ticket?.callback(.failure(error))
}
