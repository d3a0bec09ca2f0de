import Events
import Glibc
import Identity
import Lifecycle
import Recommender
import Replica
import State
import Store
import Streams
import Telemetry
import Training

/// The member's work, all on one thread: poll, decode, score, apply, store, tell Kafka.
final class MemberWorker {
  let configuration: IngestConfiguration
  let context: IngestContext
  let log: Logger
  let request: StopRequest
  let consumer: StreamConsumer
  let store: any RecordStore
  let scorer: LiveScorer
  let router: EventRouter
  var shards: [Int32: OwnedShard] = [:]
  /// Offsets of the input topics that have been forwarded and may be committed.
  var forwarded: [TopicPartition: Int64] = [:]
  /// Shards whose position could not be read yet.
  private var held: Set<Int32> = []
  private var isBlocked = false
  /// What a rebalance met and could not throw.
  private var failure: (any Error)?
  private var nextHint: Deadline
  private var reported = LiveCounts()
  /// Between two looks at whether the member is to end, while records are not acknowledged.
  private static let settleStep = Duration.milliseconds(500)

  init(
    _ configuration: IngestConfiguration, _ context: IngestContext, name: String, request: StopRequest
  ) throws {
    self.configuration = configuration
    self.context = context
    self.request = request
    log = Logger(name)
    store = try context.store()
    consumer = try StreamConsumer(context.kafka, group: configuration.group, clientID: "freshet-\(name)")
    router = EventRouter(configuration, metrics: context.metrics, producer: context.producer)
    nextHint = Deadline(after: configuration.commitInterval)
    let samples = SampleSender(context.producer, topic: configuration.samplesTopic)
    var scoring = LiveScorer.Configuration()
    scoring.share = configuration.scoredShare
    scorer = LiveScorer(
      scoring, items: context.items, bundle: context.bundle, quality: context.quality, ranked: context.ranked,
      emit: { samples.send($0) })
    try consumer.subscribe([configuration.topic] + configuration.inputs, owner: self)
  }

  func close() { consumer.close() }

  /// One poll and what follows from it.
  func step() throws {
    if let failure { throw failure }
    if isBlocked { return try waitForStore() }
    // Polls first: where Kafka takes a held partition away, that is heard before time is lost on starting it.
    _ = try consumer.withBatch(
      maximumRecords: configuration.batchRecords, timeout: configuration.batchTimeout
    ) { batch in
      for run in batch.runs { take(run, of: batch) }
    }
    if !held.isEmpty { startHeld() }
    try storeAll()
    hint()
  }

  private func take(_ run: RecordBatch.Run, of batch: borrowing RecordBatch) {
    guard run.partition.topic == configuration.topic else {
      for index in run.indices { router.forward(batch[index]) }
      forwarded[run.partition] = batch[run.indices.upperBound - 1].offset + 1
      return
    }
    guard let shard = shards[run.partition.partition], !held.contains(run.partition.partition) else { return }
    for index in run.indices {
      let record = batch[index]
      if record.offset >= shard.nextOffset { router.route(record, into: shard) }
    }
  }

  /// Dead letters and forwarded events must be safe before the position may pass them.
  /// - Returns: false where the member is told to end before: then nothing may be stored, and whoever comes next reads
  ///   the batch again.
  private func settleForwards() -> Bool {
    var patience = Deadline(after: configuration.acknowledgeTimeout)
    while true {
      switch router.settle(within: Self.settleStep) {
      case .allAcknowledged:
        commitForwarded()
        return true
      case .failed(let reason):
        log.error("records could not be forwarded; trying again", ["reason": "\(reason)"])
        if request.wait(atMost: configuration.retryInterval) { return false }
        router.resend()
      case .timedOut:
        if request.isMade { return false }
        guard patience.hasPassed else { continue }
        log.warning("records to be forwarded are not acknowledged yet")
        patience = Deadline(after: configuration.acknowledgeTimeout)
      }
    }
  }

  private func commitForwarded() {
    guard !forwarded.isEmpty else { return }
    commit(forwarded)
    forwarded.removeAll()
  }

  // MARK: storing

  private func storeAll() throws {
    guard settleForwards() else { return }
    for shard in shards.values.sorted(by: { $0.writer.shard < $1.writer.shard })
    where shard.hasChanges && !held.contains(shard.writer.shard) {
      do {
        try store(shard)
      } catch let error as StoreError {
        block(error)
        return
      }
    }
    report()
  }

  private func store(_ shard: OwnedShard) throws {
    try checkFollower(shard.writer)
    let began = SystemClock().monotonicNanoseconds
    let outcome = try shard.writer.commit(nextOffset: shard.nextOffset, observer: scorer)
    context.metrics.storeCommitSeconds.observe(Double(SystemClock().monotonicNanoseconds - began) * 1e-9)
    switch outcome {
    case .committed:
      shard.wasStored(metrics: context.metrics)
      context.progress.advanced(shard: shard.writer.shard, nextOffset: shard.nextOffset)
    case .fenced:
      context.metrics.storeFenced.add()
      log.warning(
        "the shard stands elsewhere: another member has it now, or the store has gone back; reading again",
        ["shard": .integer(shard.writer.shard)])
      reopen(shard)
    }
  }

  /// What is stored is kept for followers until so many batches have come behind it. Where this process's own follower
  /// is behind by half of them nothing more is stored: one process at least has learned all of what it has stored.
  private func checkFollower(_ writer: ShardWriter) throws(StoreError) {
    guard let learned = context.progress.learnedSequence(of: writer.shard), let position = writer.position,
      position.sequence > learned + UInt64(configuration.followerBound)
    else { return }
    throw StoreError(
      .unavailable,
      "the item state is \(position.sequence - learned) batches behind shard \(writer.shard); it must not lose any")
  }

  /// Forgets the shard and reads it again from where the store says that it stands. Where the store does not say so now,
  /// the shard waits: what it believed must not be stored on.
  private func reopen(_ shard: OwnedShard) {
    context.progress.released(shard: shard.writer.shard)
    if let start = open(shard) { seek(shard.writer.shard, to: start) }
  }

  /// A store that has gone back (a failover to a replica that lagged) refuses the next batch of a shard. A shard without
  /// new events has none, so it is looked at: what the store has lost is read from the log again.
  private func checkIdle() {
    for (number, shard) in shards where !held.contains(number) && !shard.hasChanges && shard.takeIdle() {
      do {
        guard try store.position(of: number) != shard.writer.position else { continue }
        log.warning("the store has moved a shard that is idle; reading again", ["shard": .integer(number)])
        reopen(shard)
      } catch {
        // The store is away: the next look is at all of them again.
        return
      }
    }
  }

  /// Reads a shard from `start` on. Where Kafka does not do so (it may be taking the partition away just now), nothing of
  /// the shard is taken until it does, or until it is another member's.
  private func seek(_ shard: Int32, to start: StartOffset) {
    do {
      try consumer.start(partition(shard), at: start)
      held.remove(shard)
    } catch {
      held.insert(shard)
      log.notice("a partition waits", ["shard": .integer(shard), "reason": "\(error)"])
    }
  }

  /// The store is away: nothing more is read, what was read waits, and Kafka still hears from us.
  private func block(_ error: StoreError) {
    context.metrics.storeErrors.add()
    if error.code == .replicas { context.metrics.storeReplicasShort.add() }
    if !isBlocked { log.error("the store is away; ingestion waits", ["reason": "\(error)"]) }
    isBlocked = true
    tell { try consumer.pause(ownedPartitions) }
  }

  private func waitForStore() throws {
    // Paused partitions give no records; polling keeps the membership.
    _ = try consumer.withBatch(maximumRecords: 1, timeout: configuration.retryInterval) { batch in
      for run in batch.runs { take(run, of: batch) }
    }
    isBlocked = false
    try storeAll()
    guard !isBlocked, !request.isMade else { return }
    do {
      try consumer.resume(ownedPartitions)
      log.notice("the store is back; ingestion goes on")
    } catch {
      // Those that are still paused are resumed next time.
      isBlocked = true
      log.notice("kafka", ["reason": "\(error)"])
    }
  }

  private func partition(_ shard: Int32) -> TopicPartition { TopicPartition(configuration.topic, shard) }

  private var ownedPartitions: [TopicPartition] { shards.keys.map { partition($0) } }

  /// What is only told to Kafka may fail: the next poll or hint makes up for it.
  private func tell(_ body: () throws -> Void) {
    do { try body() } catch { log.notice("kafka", ["reason": "\(error)"]) }
  }

  private func commit(_ offsets: [TopicPartition: Int64]) {
    if !offsets.isEmpty { tell { try consumer.commit(offsets) } }
  }

  // MARK: figures and hints

  private func report() {
    let counts = scorer.counts
    context.metrics.eventsApplied.add(counts.applied - reported.applied)
    context.metrics.eventsDuplicate.add(counts.duplicates - reported.duplicates)
    reported = counts
  }

  private func hint() {
    guard nextHint.hasPassed else { return }
    nextHint = Deadline(after: configuration.commitInterval)
    checkIdle()
    var offsets: [TopicPartition: Int64] = [:]
    for (shard, owned) in shards where !held.contains(shard) {
      if let position = owned.writer.position, position.log == configuration.log.text {
        offsets[partition(shard)] = position.nextOffset
      }
    }
    commit(offsets)
    context.progress.lagged(
      consumer.lag().filter { $0.key.topic == configuration.topic }
        .map { (partition: $0.key.partition, records: $0.value) })
  }

  /// The last batch before the end.
  func finish() {
    if !isBlocked { try? storeAll() }
    nextHint = Deadline(after: .zero)
    hint()
  }
}

// MARK: rebalances

extension MemberWorker: PartitionOwner {
  func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
    var starts: [TopicPartition: StartOffset] = [:]
    for partition in partitions {
      guard partition.topic == configuration.topic else {
        starts[partition] = .committed
        continue
      }
      let shard = OwnedShard(
        ShardWriter(
          shard: partition.partition, log: configuration.log, store: store, erasureSalt: configuration.erasureSalt))
      shards[partition.partition] = shard
      if let start = open(shard) { starts[partition] = start }
    }
    log.info("partitions assigned", changed(partitions))
    return starts
  }

  private func changed(_ partitions: [TopicPartition]) -> LogFields {
    ["count": .integer(Int64(partitions.count)), "owned": .integer(Int64(shards.count))]
  }

  func revoked(_ partitions: [TopicPartition]) {
    if !isBlocked { try? storeAll() }
    lost(partitions)
  }

  func lost(_ partitions: [TopicPartition]) {
    for partition in partitions where partition.topic == configuration.topic {
      shards[partition.partition] = nil
      held.remove(partition.partition)
      context.progress.released(shard: partition.partition)
    }
    log.info("partitions given up", changed(partitions))
  }

  func outOfRange(_ partition: TopicPartition, wanted: Int64, log watermarks: Watermarks) -> StartOffset? {
    guard wanted < watermarks.low else {
      failure = IngestError(
        .otherLog,
        "shard \(partition.partition) stands at offset \(wanted), but \(partition.topic) ends at \(watermarks.high): the topic "
          + "was made anew. Replay it into an empty store (freshet replay --from-log), or restore the topic")
      return nil
    }
    log.error(
      "events were removed from the log before they were applied: raise the topic's retention",
      ["shard": .integer(partition.partition), "lost": .integer(watermarks.low - wanted)])
    shards[partition.partition]?.reset(to: watermarks.low)
    return .offset(watermarks.low)
  }

  /// - Returns: where the shard begins; nil where the store is away: the shard is held back until it answers.
  private func open(_ shard: OwnedShard) -> StartOffset? {
    do {
      let start = try shard.writer.open()
      held.remove(shard.writer.shard)
      shard.reset(to: start ?? 0)
      return start.map { .offset($0) } ?? .beginning
    } catch let error as StoreError {
      if held.insert(shard.writer.shard).inserted {
        log.error("the store is away; a partition waits", ["reason": "\(error)"])
      }
    } catch {
      failure = error
    }
    return nil
  }

  /// Tries to open the partitions that were held back.
  private func startHeld() {
    for shard in held.sorted() {
      guard let owned = shards[shard], let start = open(owned) else { continue }
      seek(shard, to: start)
    }
  }
}
