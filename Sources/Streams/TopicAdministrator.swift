import CRdKafka
import Telemetry

/// Compares topics with their definitions, and creates what is missing. Safe on every thread; each call waits.
public final class TopicAdministrator: Sendable {
  /// How a declared topic stands.
  public struct Finding: Sendable, Equatable {
    public let definition: TopicDefinition
    /// Partitions of the topic that is there; nil where there is none.
    public let foundPartitions: Int?

    public var isMissing: Bool { foundPartitions == nil }
    public var isAsDeclared: Bool { foundPartitions == definition.partitions }
  }

  /// Creating topics, and waiting until every broker knows them.
  private static let createTimeout: Duration = .seconds(30)
  private static let step: Duration = .milliseconds(50)

  private let handle: ClientHandle
  private let isEmbedded: Bool

  public init(
    _ configuration: KafkaConfiguration, observer: any StreamsObserver = SilentStreamsObserver(),
    log: Logger = Logger("kafka")
  ) throws(StreamError) {
    try configuration.checkExtra()
    isEmbedded = configuration.isEmbedded
    handle = try ClientHandle(
      RD_KAFKA_PRODUCER, [("client.id", "freshet-topics")] + configuration.commonProperties,
      context: ClientContext(log: log, observer: observer))
  }

  public func clusterID(within limit: Duration = KafkaConfiguration.requestTimeout) throws(StreamError) -> String {
    try handle.clusterID(within: limit)
  }

  /// nil when there is no such topic.
  public func partitionCount(
    of topic: String, within limit: Duration = KafkaConfiguration.requestTimeout
  ) throws(StreamError) -> Int? {
    // All topics are asked for: asking for one by its name would create it where the broker makes topics by itself.
    try handle.metadata(of: nil, within: limit).first { $0.name == topic }?.partitions
  }

  /// Declared beside found, in the order of the definitions.
  public func describe(
    _ definitions: [TopicDefinition], within limit: Duration = KafkaConfiguration.requestTimeout
  ) throws(StreamError) -> [Finding] {
    let found = try handle.metadata(of: nil, within: limit)
    return definitions.map { definition in
      Finding(
        definition: definition, foundPartitions: found.first { $0.name == definition.name }?.partitions)
    }
  }

  /// Creates the topics that are missing, and waits until they are there.
  /// - Parameter replication: replicas of each partition; at most the number of brokers.
  /// - Returns: the names of those that were created.
  /// - Throws: `.partitionCount` when a topic is there with another count; nothing was created then.
  @discardableResult public func apply(
    _ definitions: [TopicDefinition], replication: Int
  ) throws(StreamError) -> [String] {
    let findings = try describe(definitions)
    for finding in findings where !finding.isMissing && !finding.isAsDeclared {
      let (definition, found) = (finding.definition, finding.foundPartitions ?? 0)
      let error = StreamError(
        .partitionCount, "topic \(definition.name) has \(found) partitions, declared are \(definition.partitions)")
      throw StreamError(error.code, "\(error.message): \(error.remedy)")
    }
    let missing = findings.filter(\.isMissing).map(\.definition)
    if missing.isEmpty { return [] }
    if isEmbedded {
      throw StreamError(.topicMissing, "the embedded broker makes its topics at its start: \(missing.map(\.name))")
    }
    try create(missing, replication: replication)
    try awaitTopics(missing)
    return missing.map(\.name)
  }

  private func create(_ topics: [TopicDefinition], replication: Int) throws(StreamError) {
    var text = [CChar](repeating: 0, count: 512)
    var requests: [OpaquePointer?] = []
    defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
    for topic in topics {
      guard
        let request = rd_kafka_NewTopic_new(
          topic.name, Int32(clamping: topic.partitions), Int32(clamping: replication), &text, text.count)
      else { throw StreamError(.configuration, "topic \(topic.name): \(cString: text)") }
      requests.append(request)
      rd_kafka_NewTopic_set_config(request, "cleanup.policy", topic.cleanupPolicy.rawValue)
      if let retention = topic.retentionMs { rd_kafka_NewTopic_set_config(request, "retention.ms", "\(retention)") }
    }
    let options = rd_kafka_AdminOptions_new(handle.pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
    defer { rd_kafka_AdminOptions_destroy(options) }
    let limit = milliseconds(Self.createTimeout)
    rd_kafka_AdminOptions_set_request_timeout(options, limit, &text, text.count)
    rd_kafka_AdminOptions_set_operation_timeout(options, limit / 2, &text, text.count)
    let queue = rd_kafka_queue_new(handle.pointer)
    defer { rd_kafka_queue_destroy(queue) }
    rd_kafka_CreateTopics(handle.pointer, &requests, requests.count, options, queue)
    guard let event = rd_kafka_queue_poll(queue, limit) else {
      throw StreamError(.timedOut, "creating topics: no answer within \(Self.createTimeout)")
    }
    defer { rd_kafka_event_destroy(event) }
    try Self.check(event)
  }

  private static func check(_ event: OpaquePointer) throws(StreamError) {
    let code = rd_kafka_event_error(event)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw StreamError(code, "creating topics", detail: rd_kafka_event_error_string(event).map { String(cString: $0) })
    }
    var count = 0
    let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
    for result in UnsafeBufferPointer(start: results, count: count) {
      let code = rd_kafka_topic_result_error(result)
      // Another process was quicker: its definitions are checked by `awaitTopics`.
      if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
      let name = rd_kafka_topic_result_name(result).map { String(cString: $0) } ?? ""
      throw StreamError(
        code, "creating topic \(name)", detail: rd_kafka_topic_result_error_string(result).map { String(cString: $0) })
    }
  }

  /// The controller has created them; brokers hear of it a little later.
  private func awaitTopics(_ topics: [TopicDefinition]) throws(StreamError) {
    let clock = ContinuousClock()
    let end = clock.now + Self.createTimeout
    while true {
      let findings = try describe(topics)
      if findings.allSatisfy(\.isAsDeclared) { return }
      if clock.now > end {
        let open = findings.filter { !$0.isAsDeclared }.map(\.definition.name)
        throw StreamError(.timedOut, "topics were created, but no broker shows them as declared: \(open)")
      }
      pause(Self.step)
    }
  }
}
