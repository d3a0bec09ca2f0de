import CRdKafka
import Telemetry

/// Reads partitions: as a member of a group, or by itself as a follower.
///
/// One thread: every method belongs to the thread that polls, which must be a plain thread (the calls wait). Nothing is
/// committed or stored behind the owner's back: where a partition begins is the owner's word (`PartitionOwner`).
/// Close it: one that is dropped leaves its group too, but its owner hears nothing of it.
public final class StreamConsumer {
  /// Records that one batch may hold.
  public static let recordLimit = 10_000
  /// Records fetched ahead of the polls, all partitions together: bounds the memory of a slow owner.
  static let prefetchKiB = 16_384
  /// A poll takes so many records between two looks at the bytes.
  private static let chunk = 64
  /// A seek is a message to the library's own thread: milliseconds, unless the machine stands still.
  static let seekTimeout: Duration = .seconds(5)

  let handle: ClientHandle
  let context: ConsumerContext
  var assignment = Assignment()
  /// An error inside a callback, thrown by the poll around it.
  var pending: StreamError?
  weak var owner: (any PartitionOwner)?
  private var queue: OpaquePointer?
  /// Ends of logs that this poll has met.
  var ends: [TopicPartition: Int64] = [:]
  /// Where to go back to, as soon as the library takes it.
  private var rewinds: [TopicPartition: Int64] = [:]
  let buffer = MessageBuffer(capacity: 1_024)
  private var isPolling = false

  /// - Parameters:
  ///   - group: nil for a follower, which uses `assign` and never commits.
  ///   - clientID: shown by the broker's tools.
  public init(
    _ configuration: KafkaConfiguration, group: String?, clientID: String = "freshet",
    observer: any StreamsObserver = SilentStreamsObserver(), log: Logger = Logger("kafka")
  ) throws(StreamError) {
    try configuration.checkExtra()
    context = ConsumerContext(log: log, observer: observer)
    handle = try ClientHandle(
      RD_KAFKA_CONSUMER, Self.properties(configuration, group: group, clientID: clientID), context: context
    ) { configuration in
      rd_kafka_conf_set_rebalance_cb(configuration, onRebalance)
      rd_kafka_conf_set_offset_commit_cb(configuration, onCommit)
    }
    // Events, rebalances and records on one queue: one call serves them all.
    rd_kafka_poll_set_consumer(handle.pointer)
    queue = rd_kafka_queue_get_consumer(handle.pointer)
    context.consumer = self
  }

  deinit { close() }

  private static func properties(
    _ configuration: KafkaConfiguration, group: String?, clientID: String
  ) -> [(name: String, value: String)] {
    let session = milliseconds(configuration.sessionTimeout)
    // The embedded cluster does not know this one, and librdkafka would say so each time.
    let automatic = configuration.isEmbedded ? [] : [(name: "allow.auto.create.topics", value: "false")]
    return [
      // librdkafka wants a group for `assign` too; a private name that nobody joins.
      ("group.id", group ?? "freshet-follower-\(UInt64.random(in: .min ... .max))"),
      ("client.id", clientID),
      ("session.timeout.ms", "\(session)"), ("heartbeat.interval.ms", "300"),
      ("max.poll.interval.ms", "\(milliseconds(configuration.pollInterval))"),
      ("fetch.wait.max.ms", "\(milliseconds(configuration.fetchWait))"),
      ("fetch.error.backoff.ms", "100"),
      ("queued.max.messages.kbytes", "\(prefetchKiB)"),
    ] + configuration.commonProperties + [
      ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
      ("auto.offset.reset", "error"), ("enable.partition.eof", "true"),
      ("partition.assignment.strategy", "cooperative-sticky"),
    ] + automatic
  }

  // MARK: Partitions

  /// Joins the group for these topics; `owner` hears which partitions come and go.
  /// - Parameter owner: held weakly: keep it. Once it is gone, partitions begin where the group has committed.
  public func subscribe(_ topics: [String], owner: any PartitionOwner) throws(StreamError) {
    precondition(!topics.isEmpty, "subscribe needs a topic")
    self.owner = owner
    let list = PartitionList(topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) })
    let code = rd_kafka_subscribe(try open(), list.pointer)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw StreamError(code, "subscribe to \(topics)") }
  }

  /// Reads these partitions without a group, in place of those that were assigned before.
  /// - Parameter owner: decides what happens when an offset is not in the log; without it, as `PartitionOwner` says.
  public func assign(
    _ starts: [TopicPartition: StartOffset], owner: (any PartitionOwner)? = nil
  ) throws(StreamError) {
    let client = try open()
    self.owner = owner
    for partition in assignment.partitions { assignment.remove(partition) }
    var offsets: [TopicPartition: Int64] = [:]
    for (partition, start) in starts { offsets[partition] = try resolve(start, partition) }
    let list = PartitionList(offsets)
    let code = rd_kafka_assign(client, list.pointer)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw StreamError(code, "assign \(starts.count) partitions") }
    for (partition, offset) in offsets { assignment.add(partition, next: offset >= 0 ? offset : nil, held: false) }
  }

  /// The partitions that this consumer has now.
  public var partitions: [TopicPartition] { assignment.partitions }

  // MARK: Polling

  /// Waits for records and hands them to `body` as views, grouped by partition.
  ///
  /// Returns as soon as there is a record, with all that are there already. When `body` throws, its records count as
  /// not read: the next call brings them again, but for partitions that `body` has moved by `seek`.
  /// - Parameters:
  ///   - maximumRecords: from 1 to `recordLimit`.
  ///   - maximumBytes: of keys and payloads; the batch ends with the 64 records in which it is reached.
  ///   - timeout: how long to wait for the first record.
  /// - Returns: the records handed over; 0 when the time is up (`body` is not called).
  /// - Throws: `StreamError` that the consumer cannot live with, and whatever `body` throws. Outages are not thrown:
  ///   they are logged and counted, and the consumer goes on by itself.
  public func withBatch(
    maximumRecords: Int, maximumBytes: Int = 8 << 20, timeout: Duration,
    _ body: (borrowing RecordBatch) throws -> Void
  ) throws -> Int {
    precondition((1...Self.recordLimit).contains(maximumRecords), "maximumRecords is \(maximumRecords)")
    precondition(!isPolling, "withBatch inside withBatch")
    guard let queue else { throw closedError }
    isPolling = true
    defer {
      buffer.clear()
      ends.removeAll(keepingCapacity: true)
      isPolling = false
    }
    buffer.reserve(maximumRecords)
    try settleRewinds()
    collect(from: queue, maximumRecords: maximumRecords, maximumBytes: maximumBytes, timeout: timeout)
    let runs = buffer.group(assignment.firstWelcome)
    if let error = context.fatalError ?? pending {
      pending = nil
      rewind(runs)
      throw error
    }
    defer { for (partition, offset) in ends { assignment.reachedEnd(partition, at: offset) } }
    if runs.isEmpty { return 0 }
    for run in runs { assignment.advance(run.partition, to: next(after: run)) }
    do {
      try body(RecordBatch(messages: buffer.messages, count: buffer.count, runs: runs))
    } catch {
      // A partition that the body has moved itself stays where it put it.
      rewind(runs.filter { assignment[$0.partition]?.next == next(after: $0) })
      throw error
    }
    return buffer.count
  }

  /// Waits for one message, then takes what is there: librdkafka would wait until the whole batch is full.
  private func collect(from queue: OpaquePointer, maximumRecords: Int, maximumBytes: Int, timeout: Duration) {
    let clock = ContinuousClock()
    let end = clock.now + timeout
    repeat {
      let wait = milliseconds(max(.zero, clock.now.duration(to: end)))
      _ = buffer.take(from: queue, limit: 1, timeoutMs: wait, event: handleEvent)
      while buffer.count < maximumRecords && buffer.bytes < maximumBytes {
        let limit = min(Self.chunk, maximumRecords - buffer.count)
        if buffer.take(from: queue, limit: limit, timeoutMs: 0, event: handleEvent) <= 0 { break }
      }
    } while buffer.count == 0 && pending == nil && context.fatalError == nil && clock.now < end
  }

  private func next(after run: RecordBatch.Run) -> Int64 {
    buffer.messages[run.indices.upperBound - 1].pointee.offset + 1
  }

  /// The records of these runs are to be read again.
  private func rewind(_ runs: [RecordBatch.Run]) {
    for run in runs {
      rewinds[run.partition] = buffer.messages[run.indices.lowerBound].pointee.offset
      assignment.hold(run.partition)
    }
  }

  private func settleRewinds() throws(StreamError) {
    for (partition, offset) in rewinds {
      if let entry = assignment[partition], entry.isHeld { try seek(partition, to: offset) }
      rewinds[partition] = nil
    }
  }

  func open() throws(StreamError) -> OpaquePointer {
    if queue == nil { throw closedError }
    return handle.pointer
  }

  private var closedError: StreamError { StreamError(.closed, "the consumer is closed") }

  // MARK: End

  /// Leaves the group cleanly: the owner's `revoked` is called, the others take over at once. Idempotent; not
  /// inside `withBatch`.
  public func close() {
    precondition(!isPolling, "close inside withBatch: views and callbacks still use the consumer")
    guard let queue else { return }
    self.queue = nil
    buffer.clear()
    let code = rd_kafka_consumer_close(handle.pointer)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { context.log.notice("\(StreamError(code, "leaving the group"))") }
    rd_kafka_queue_destroy(queue)
    for partition in assignment.partitions { assignment.remove(partition) }
  }
}
