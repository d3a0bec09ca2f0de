import CRdKafka
import Lifecycle
import Telemetry

/// A Kafka cluster inside this process: librdkafka's own, with the real protocol on a TCP port of 127.0.0.1, so that any
/// Kafka client on this machine can join. Safe on every thread.
///
/// Its limits (librdkafka 2.0.2): nothing is persistent; about 5 MB of (compressed) records are kept for each partition;
/// the port is another one at each start; no topics by administration (`create` makes them, and unknown ones appear with
/// 4 partitions at first use); no transactions and no compaction; the first member of a group waits 3 s to join.
public final class EmbeddedBroker: Sendable {
  /// Bytes of records kept for each partition.
  public static let retainedBytes = 5 << 20

  private let client: ClientHandle
  private let cluster: Cluster
  /// `127.0.0.1:port`.
  public let address: String
  /// Names this start's logs: they begin empty, whatever an earlier one held.
  public let logIdentity: String

  public init(log: Logger = Logger("kafka")) throws(StreamError) {
    // The cluster needs some client; this one talks to nobody, and says so at level 5.
    client = try ClientHandle(
      RD_KAFKA_PRODUCER, [("client.id", "freshet-embedded"), ("log_level", "3")],
      context: ClientContext(log: log, observer: SilentStreamsObserver()))
    // The cluster's thread ends for good when a signal interrupts its poll (`rd_kafka_mock_cluster_thread_main`), and unlike
    // the library's other threads it does not block them itself.
    let pointer = SignalSource.blocked { [client] in rd_kafka_mock_cluster_new(client.pointer, 1) }
    guard let pointer else {
      throw StreamError(.other, "the embedded broker cannot be started: no port of 127.0.0.1 is free")
    }
    cluster = Cluster(pointer, client)
    address = String(cString: rd_kafka_mock_cluster_bootstraps(pointer))
    logIdentity = "embedded-" + String(UInt64.random(in: .min ... .max), radix: 16)
  }

  /// Makes topics; one that exists is left as it is.
  public func create(_ topics: [TopicDefinition]) throws(StreamError) {
    for topic in topics {
      let code = rd_kafka_mock_topic_create(cluster.pointer, topic.name, Int32(clamping: topic.partitions), 1)
      if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
      throw StreamError(code, "create the topic \(topic.name)")
    }
  }

  /// How to reach it, with time-outs that suit it: a rebalance takes a second less than the session time-out, which must
  /// be above 3 s, and it holds back an empty answer for the whole wait, whatever arrives.
  public var configuration: KafkaConfiguration {
    var result = KafkaConfiguration(brokers: address)
    result.sessionTimeout = .seconds(4)
    result.fetchWait = .milliseconds(10)
    result.isEmbedded = true
    return result
  }

  /// Owns the cluster, and keeps the client that it lives on.
  private final class Cluster: @unchecked Sendable {
    // Proof of Sendable: constants; the library locks inside.
    let pointer: OpaquePointer
    private let client: ClientHandle

    init(_ pointer: OpaquePointer, _ client: ClientHandle) {
      self.pointer = pointer
      self.client = client
    }

    deinit { rd_kafka_mock_cluster_destroy(pointer) }
  }
}
