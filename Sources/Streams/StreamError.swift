import CRdKafka

/// Why Kafka could not do what was asked.
public struct StreamError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// A property cannot work; the message names it.
    case configuration
    /// No broker answers, or not yet: try again later.
    case unavailable
    /// It may still happen, but not within the time given.
    case timedOut
    /// The producer's queue is full: wait, then send again.
    case queueFull
    /// One record is larger than the client or the broker takes.
    case tooLarge
    /// The topic or the partition does not exist.
    case topicMissing
    /// The topic exists, with another partition count than declared.
    case partitionCount
    /// The wanted offset is not in the log: trimmed away, or the log is another one.
    case outOfRange
    /// The brokers do not let us in, or not do this.
    case refused
    /// Another member owns the partition now, or this one has left its group.
    case notOwner
    /// The client was closed; or it was purged with records that had not been sent.
    case closed
    /// The client cannot go on: close it and make another.
    case fatal
    /// Anything else; the message has librdkafka's own words.
    case other
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [streams: \(code.rawValue)]" }

  /// Whether the same call may work later with nothing changed.
  public var isTransient: Bool {
    switch code {
    case .unavailable, .timedOut, .queueFull, .notOwner: true
    default: false
    }
  }

  /// What the operator can do about it.
  public var remedy: String {
    switch code {
    case .configuration: "correct the setting that is named (freshet config shows where it comes from)"
    case .unavailable, .timedOut: "check that the brokers run and that kafka.brokers (KAFKA_BROKERS) names them"
    case .queueFull: "wait and send again: the broker is slower than the producer"
    case .tooLarge: "send a smaller record, or raise message.max.bytes at the broker and in kafka.extra"
    case .topicMissing: "create the topics: freshet topics apply"
    case .partitionCount:
      "set kafka.partitions to the topic's count, or use another topic: a shard's users cannot move between partitions"
    case .outOfRange: "raise the topic's retention, or rebuild the state from what is there (freshet replay)"
    case .refused: "check kafka.security.protocol, kafka.sasl.* and the access rules of this user"
    case .notOwner: "nothing: the member joins again by itself"
    case .closed: "make a new client"
    case .fatal: "restart the process; look at the log for the first fatal line"
    case .other: "look at the log of the broker"
    }
  }
}

extension StreamError {
  /// From librdkafka's code.
  /// - Parameter doing: what was tried, such as "commit interactions".
  init(_ code: rd_kafka_resp_err_t, _ doing: String, detail: String? = nil) {
    let name = String(cString: rd_kafka_err2name(code))
    let words = detail ?? String(cString: rd_kafka_err2str(code))
    self.init(Self.code(of: code), "\(doing): \(words) (\(name))")
  }

  /// Takes the error object and frees it.
  init(consuming error: OpaquePointer, _ doing: String) {
    self.init(rd_kafka_error_code(error), doing, detail: String(cString: rd_kafka_error_string(error)))
    rd_kafka_error_destroy(error)
  }

  static func code(of code: rd_kafka_resp_err_t) -> Code {
    switch code {
    case RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__CONFLICT, RD_KAFKA_RESP_ERR__NOT_CONFIGURED,
      RD_KAFKA_RESP_ERR_INVALID_CONFIG:
      .configuration
    case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
      RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE, RD_KAFKA_RESP_ERR__IN_PROGRESS,
      RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__STATE:
      .unavailable
    case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      .timedOut
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: .queueFull
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE: .tooLarge
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      .topicMissing
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: .outOfRange
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      .refused
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
      RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS,
      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
      .notOwner
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR__DESTROY: .closed
    case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__FENCED: .fatal
    default: .other
    }
  }
}
