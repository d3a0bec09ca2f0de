import CRdKafka
import Lifecycle
import Synchronization
import Telemetry

/// Sends records: idempotent, acknowledged by all replicas, in order within a partition, bounded.
///
/// `send` is safe on every thread and never waits: a full queue is an error at once, and the caller backs off. Every
/// record that was taken gets exactly one delivery callback, at the latest in `close`.
public final class StreamProducer: Sendable {
  public struct Options: Sendable {
    /// Records wait so long for company: with 1 ms a request for one event stays quick, and a busy producer fills
    /// batches anyway.
    public var linger: Duration = .milliseconds(1)
    /// Records not yet acknowledged; 100,000 events of 200 bytes are 20 MB.
    public var queueRecords = 100_000
    public var queueKiB = 65_536
    /// A record that is not acknowledged after this is given up: beyond a broker's restart.
    public var deliveryTimeout: Duration = .seconds(60)
    public var clientID = "freshet"

    public init() {}
  }

  /// How often the waits below look.
  private static let step: Duration = .microseconds(500)

  private let handle: ClientHandle
  private let context: ProducerContext
  private let poller: ServiceThread
  private let ending = Atomic<Bool>(false)
  private let polling: PollerState
  /// Calls of `send` on their way; `close` waits for them.
  private let sending = Atomic<Int>(0)

  public init(
    _ configuration: KafkaConfiguration, options: Options = Options(),
    observer: any StreamsObserver = SilentStreamsObserver(), log: Logger = Logger("kafka")
  ) throws(StreamError) {
    try configuration.checkExtra()
    let context = ProducerContext(log: log, observer: observer)
    self.context = context
    let handle = try ClientHandle(RD_KAFKA_PRODUCER, Self.properties(configuration, options), context: context) {
      rd_kafka_conf_set_dr_msg_cb($0, onDelivery)
    }
    self.handle = handle
    let polling = PollerState()
    self.polling = polling
    do {
      poller = try ServiceThread("kafka-delivery") {
        polling.enter()
        while !polling.isStopped || context.outstanding.load(ordering: .acquiring) > 0 {
          rd_kafka_poll(handle.pointer, 50)
        }
      }
    } catch {
      throw StreamError(.other, "\(error)")
    }
  }

  deinit { close(within: .zero) }

  private static func properties(
    _ configuration: KafkaConfiguration, _ options: Options
  ) -> [(name: String, value: String)] {
    [
      ("client.id", options.clientID), ("linger.ms", "\(milliseconds(options.linger))"),
      ("compression.type", "lz4"),
      ("queue.buffering.max.messages", "\(options.queueRecords)"),
      ("queue.buffering.max.kbytes", "\(options.queueKiB)"),
      ("message.timeout.ms", "\(max(1, milliseconds(options.deliveryTimeout)))"),
    ] + configuration.commonProperties + [
      ("enable.idempotence", "true"), ("acks", "all"), ("partitioner", "murmur2_random"),
    ]
  }

  // MARK: Sending

  /// Hands a record over; key, payload and headers are copied.
  /// - Parameters:
  ///   - partition: nil lets the key decide, as Kafka's Java client does (murmur2); without a key it is any.
  ///   - payload: nil is a tombstone.
  ///   - timestampMs: Unix time; nil is now.
  ///   - onDelivery: called once, unless this call throws.
  /// - Throws: `.queueFull`: back off and try again; `.tooLarge`, `.topicMissing`, `.closed`, `.fatal`.
  public func send(
    to topic: String, partition: Int32? = nil, keyBytes key: UnsafeRawBufferPointer?,
    payloadBytes payload: UnsafeRawBufferPointer?, headers: [StreamHeader] = [], timestampMs: Int64? = nil,
    onDelivery: DeliveryCallback? = nil
  ) throws(StreamError) {
    sending.wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { sending.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    if ending.load(ordering: .sequentiallyConsistent) { throw StreamError(.closed, "the producer is closed") }
    let ticket = onDelivery.map { Unmanaged.passRetained(DeliveryTicket($0)) }
    let list = try headerList(headers, ticket)
    context.outstanding.wrappingAdd(1, ordering: .relaxed)
    let error = topic.withCString { name in
      var fields = [
        field(RD_KAFKA_VTYPE_TOPIC) { $0.cstr = name },
        field(RD_KAFKA_VTYPE_PARTITION) { $0.i32 = partition ?? RD_KAFKA_PARTITION_UA },
        field(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = RD_KAFKA_MSG_F_COPY },
        field(RD_KAFKA_VTYPE_KEY) { set(&$0, key) },
        field(RD_KAFKA_VTYPE_VALUE) { set(&$0, payload) },
        field(RD_KAFKA_VTYPE_OPAQUE) { $0.ptr = ticket?.toOpaque() },
      ]
      if let timestampMs { fields.append(field(RD_KAFKA_VTYPE_TIMESTAMP) { $0.i64 = timestampMs }) }
      if let list { fields.append(field(RD_KAFKA_VTYPE_HEADERS) { $0.headers = list }) }
      return rd_kafka_produceva(handle.pointer, fields, fields.count)
    }
    guard let error else { return }
    context.outstanding.wrappingSubtract(1, ordering: .relaxed)
    // The library takes headers and ticket only together with the record.
    if let list { rd_kafka_headers_destroy(list) }
    ticket?.release()
    throw StreamError(consuming: error, "send to \(topic)")
  }

  /// As the other `send`, from arrays.
  public func send(
    to topic: String, partition: Int32? = nil, key: [UInt8]?, payload: [UInt8]?, headers: [StreamHeader] = [],
    timestampMs: Int64? = nil, onDelivery: DeliveryCallback? = nil
  ) throws(StreamError) {
    let result = withBytes(key) { key in
      withBytes(payload) { payload -> Result<Void, StreamError> in
        do throws(StreamError) {
          try send(
            to: topic, partition: partition, keyBytes: key, payloadBytes: payload, headers: headers,
            timestampMs: timestampMs, onDelivery: onDelivery)
          return .success(())
        } catch {
          return .failure(error)
        }
      }
    }
    try result.get()
  }

  private func headerList(
    _ headers: [StreamHeader], _ ticket: Unmanaged<DeliveryTicket>?
  ) throws(StreamError) -> OpaquePointer? {
    if headers.isEmpty { return nil }
    guard let list = rd_kafka_headers_new(headers.count) else { return nil }
    for header in headers {
      let code = withBytes(header.value) { value in
        rd_kafka_header_add(list, header.name, -1, value?.baseAddress, value?.count ?? 0)
      }
      if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        rd_kafka_headers_destroy(list)
        ticket?.release()
        throw StreamError(code, "header \"\(header.name)\"")
      }
    }
    return list
  }

  // MARK: Waiting

  /// Records taken and not yet reported on.
  public var queuedCount: Int { context.outstanding.load(ordering: .acquiring) }

  /// The error after which nothing can be sent any more.
  public var fatalError: StreamError? { context.fatalError }

  /// Waits until everything that was taken is reported on.
  /// - Returns: whether that happened in time.
  @discardableResult public func flush(within limit: Duration) -> Bool {
    let deadline = Deadline(after: limit)
    // Not rd_kafka_flush: that would run the callbacks on this thread.
    while queuedCount > 0 {
      if deadline.hasPassed { return false }
      pause(deadline.remaining(atMost: Self.step))
    }
    return true
  }

  /// Sends what is queued, for as long as `limit`; then gives up the rest. Afterwards every callback has been called.
  /// Idempotent. From a delivery callback it gives up at once, and the rest is reported on when that callback is done.
  /// - Returns: whether everything was reported on before it had to be given up.
  @discardableResult public func close(within limit: Duration = .seconds(10)) -> Bool {
    let isFirst = !ending.exchange(true, ordering: .sequentiallyConsistent)
    while isFirst && sending.load(ordering: .sequentiallyConsistent) > 0 { pause(Self.step) }
    let isOwnThread = polling.isThisThread
    let isComplete = isOwnThread ? queuedCount == 0 : flush(within: isFirst ? limit : .zero)
    if isFirst {
      if !isComplete { rd_kafka_purge(handle.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) }
      polling.requestStop()
    }
    if !isOwnThread { poller.join() }
    return isComplete
  }

  public func clusterID(within limit: Duration = KafkaConfiguration.requestTimeout) throws(StreamError) -> String {
    try handle.clusterID(within: limit)
  }

  /// nil when there is no such topic.
  public func partitionCount(
    of topic: String, within limit: Duration = KafkaConfiguration.requestTimeout
  ) throws(StreamError) -> Int? {
    try handle.partitionCount(of: topic, within: limit)
  }
}
