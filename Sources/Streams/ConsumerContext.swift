import CRdKafka
import Telemetry

/// What a consumer's callbacks need.
final class ConsumerContext: ClientContext, @unchecked Sendable {
  // Proof of Sendable: set before the consumer is used, then read by callbacks that run inside the consumer's own calls,
  // on its one thread.
  weak var consumer: StreamConsumer?
}

/// Runs inside `withBatch` and `close`.
func onRebalance(
  _ client: OpaquePointer?, _ code: rd_kafka_resp_err_t,
  _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ opaque: UnsafeMutableRawPointer?
) {
  guard let consumer = (ClientContext.of(opaque) as? ConsumerContext)?.consumer, let list else {
    // The consumer was dropped, not closed; the library only needs to know that nobody holds the partitions.
    if code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, let list {
      if let error = rd_kafka_incremental_unassign(client, list) { rd_kafka_error_destroy(error) }
    } else {
      rd_kafka_assign(client, nil)
    }
    return
  }
  consumer.rebalance(code, list)
}

/// Commits are hints: a failed one is heard and forgotten.
func onCommit(
  _ client: OpaquePointer?, _ code: rd_kafka_resp_err_t,
  _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ opaque: UnsafeMutableRawPointer?
) {
  if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET { return }
  ClientContext.of(opaque)?.hear(code, "commit: \(String(cString: rd_kafka_err2str(code)))", client: client)
}
