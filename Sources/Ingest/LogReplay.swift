import Events
import Lifecycle
import Replica
import State
import Store
import Streams
import Telemetry
import Towers

/// Applies the log from its beginning to where it ends now, by the router and the shard writers that ingestion has, into
/// a store that must be empty.
///
/// Nothing is sent: what ingestion forwarded stands in the log a second time, in its user's partition. One thread.
public final class LogReplay {
  public struct Result: Sendable {
    public var records = 0
    public var applied = 0
    public var duplicates = 0
    /// Records in another partition than their user's: ingestion has forwarded them.
    public var misplaced = 0
    public var refused = 0
    /// By partition, where the log begins after records were removed from it.
    public var trimmed: [Int32: Int64] = [:]
  }

  /// Records of one poll: larger batches cost fewer steps of the store.
  public static let standardBatchRecords = 10_000
  private static let batchTimeout = Duration.milliseconds(200)
  /// Without a record for so long, and not at the end, the broker is gone.
  private static let silence = Duration.seconds(60)

  private let configuration: IngestConfiguration
  private let consumer: StreamConsumer
  private let router: EventRouter
  private let shards: [OwnedShard]
  private let metrics: FreshetMetrics
  private let follower: ReplayFollower
  private let batchRecords: Int
  private let counter = ReplayCounter()
  private let log = Logger("replay")

  /// - Parameter follower: learns the item state from what is stored.
  /// - Throws: `StreamError` where the log cannot be read.
  public init(
    _ configuration: IngestConfiguration, kafka: KafkaConfiguration, store: any RecordStore, follower: ReplayFollower,
    metrics: FreshetMetrics, batchRecords: Int = LogReplay.standardBatchRecords
  ) throws {
    self.configuration = configuration
    self.follower = follower
    self.batchRecords = batchRecords
    self.metrics = metrics
    consumer = try StreamConsumer(kafka, group: nil, clientID: "freshet-replay")
    router = EventRouter(configuration, metrics: metrics, producer: nil)
    shards = (0..<configuration.shards).map { shard in
      OwnedShard(
        ShardWriter(shard: shard, log: configuration.log, store: store, erasureSalt: configuration.erasureSalt))
    }
  }

  /// Fills the store, and publishes the item state at the end.
  /// - Throws: `StreamError`, `StoreError`, `IngestError`, `ArtefactError`: the store then holds a part, and must be
  ///   emptied for another try.
  public func run() throws -> Result {
    var result = Result()
    var ends: [TopicPartition: Int64] = [:]
    var starts: [TopicPartition: StartOffset] = [:]
    for shard in shards {
      let partition = TopicPartition(configuration.topic, shard.writer.shard)
      let marks = try consumer.watermarks(partition)
      if marks.low > 0 { result.trimmed[shard.writer.shard] = marks.low }
      _ = try shard.writer.open()
      shard.reset(to: marks.low)
      starts[partition] = .offset(marks.low)
      if marks.high > marks.low { ends[partition] = marks.high }
    }
    try consumer.assign(starts)
    var deadline = Deadline(after: Self.silence)
    while ends.contains(where: { shards[Int($0.key.partition)].nextOffset < $0.value }) {
      let count = try consumer.withBatch(maximumRecords: batchRecords, timeout: Self.batchTimeout) { batch in
        for run in batch.runs { take(run, of: batch) }
      }
      if count > 0 { deadline = Deadline(after: Self.silence) }
      if deadline.hasPassed { throw StreamError(.unavailable, "the log stops before its end: does the broker run?") }
      result.records += count
      try store()
      // One batch a shard and round: far fewer than are kept.
      try follower.follow()
    }
    consumer.close()
    try follower.publish(createdMs: SystemClock().nowMilliseconds)
    result.applied = counter.applied
    result.duplicates = counter.duplicates
    result.misplaced = router.withheld.forwards
    result.refused = router.withheld.refusals
    return result
  }

  private func take(_ run: RecordBatch.Run, of batch: borrowing RecordBatch) {
    let shard = shards[Int(run.partition.partition)]
    for index in run.indices { router.route(batch[index], into: shard) }
  }

  private func store() throws {
    for shard in shards where shard.hasChanges {
      guard try shard.writer.commit(nextOffset: shard.nextOffset, observer: counter) == .committed else {
        throw IngestError(
          .otherLog,
          "another process writes shard \(shard.writer.shard) of this store: stop it, empty the store, and replay again"
        )
      }
      shard.wasStored(metrics: metrics)
    }
  }
}

/// Counts what the folds make of events.
private final class ReplayCounter: ApplyObserver {
  private(set) var applied = 0
  private(set) var duplicates = 0

  // Views are derived: whoever meets the user next makes them.
  func willApply(
    _ event: Interaction, to record: borrowing UserRecord, view: inout UserVectorState?, userHash: UInt64
  ) -> Bool { false }
  func didApply(_ entry: AppliedEntry) { applied += 1 }
  func wasDuplicate() { duplicates += 1 }
  func didErase(userHash: UInt64) {}
}
