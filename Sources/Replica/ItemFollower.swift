import Artefacts
import Lifecycle
import State
import Store
import Synchronization
import Telemetry

/// Keeps a process's item state: learns every shard's applied entries in the order of the shard, applies item
/// descriptions, and writes snapshots where it is asked to. The state's one writer.
public final class ItemFollower: Service {
  public struct Configuration: Sendable {
    public var shards: Int32
    /// How long the follower sleeps when nobody in this process reports progress: what another process stored becomes
    /// visible within it.
    public var pollInterval = Duration.milliseconds(20)
    /// Batches of one shard that are read in one round trip.
    public var batches = 64
    public var writesSnapshots = false
    /// Whether it writes a snapshot where nobody else has for so long that the streams are half through.
    public var standsIn = false
    /// Batches that the store keeps of each shard.
    public var streamLimit = RedisConfiguration.standardAppliedLimit
    public var snapshotInterval = Duration.seconds(60)
    /// A new catalogue is published at most this often: it copies the index of all items.
    public var catalogueInterval = Duration.milliseconds(200)

    public init(shards: Int32) { self.shards = shards }
  }

  /// How often a follower looks at what snapshots there are: one with a gap, or one that stands in.
  private static let healInterval = Duration.seconds(1)

  public let name = "items"
  public let state = ItemState()
  private let configuration: Configuration
  private let makeStore: StoreFactory
  private let progress: ShardProgress
  private let artefacts: ArtefactStore
  private let listeners: [any AppliedListener]
  private let makeCatalogue: @Sendable () throws -> any CatalogueSource
  private let clock: any FreshetClock
  private let log = Logger("items")
  private let request = StopRequest()
  private let status = Mutex(FollowerStatus())

  public init(
    _ configuration: Configuration, store: @escaping StoreFactory, progress: ShardProgress, artefacts: ArtefactStore,
    listeners: [any AppliedListener] = [], clock: any FreshetClock = SystemClock(),
    catalogue: @escaping @Sendable () throws -> any CatalogueSource
  ) {
    self.configuration = configuration
    makeStore = store
    self.progress = progress
    self.artefacts = artefacts
    self.listeners = listeners
    self.clock = clock
    makeCatalogue = catalogue
  }

  /// What stands between this process and answers that know everything. Any thread.
  public var followed: FollowerStatus { status.withLock { $0 } }

  /// Takes the newest snapshot. Everything learned after it follows in `run`.
  public func start() throws {
    let sequences = try restoreNewest { _ in true } ?? [:]
    status.withLock { $0.sequences = sequences }
  }

  /// Takes the newest snapshot, unless its positions are of no use: then the state stays as it is.
  private func restoreNewest(where isUseful: ([Int32: UInt64]) -> Bool) throws(ArtefactError) -> [Int32: UInt64]? {
    let newest = try artefacts.loadNewest(ItemSnapshot.kind)
    for skipped in newest.skipped { log.warning("item snapshot passed over", ["reason": "\(skipped)"]) }
    guard let artefact = newest.artefact else { return nil }
    do {
      let file = try artefact.file(ItemSnapshot.fileName)
      let positions = try file.withUnsafeBytes { bytes -> [Int32: UInt64]? in
        let (sequences, body) = try ItemSnapshot.decode(bytes)
        guard isUseful(sequences) else { return nil }
        try state.restore(from: body)
        return sequences
      }
      guard let positions else { return nil }
      log.info(
        "item state restored", ["version": "\(artefact.version.name)", "items": .integer(state.count)])
      return positions
    } catch {
      log.error("item snapshot cannot be used", ["version": "\(artefact.version.name)", "reason": "\(error)"])
      return nil
    }
  }

  public func run() throws {
    let catalogue = try makeCatalogue()
    defer { catalogue.close() }
    var worker = FollowerWorker(
      state: state, store: try makeStore(), listeners: listeners, sequences: followed.sequences, configuration)
    var published = Deadline(after: .zero, clock: clock)
    var snapshot = SnapshotClock(
      configuration.snapshotInterval, streamLimit: configuration.streamLimit,
      sequences: worker.sequences, clock)
    var healed = Deadline(after: .zero, clock: clock)
    var looked = Deadline(after: .zero, clock: clock)
    var seen: UInt64 = 0
    while !request.isMade {
      let learned = round(&worker, catalogue)
      heal(&worker, &healed)
      if published.hasPassed {
        state.publishCatalogue()
        published = Deadline(after: configuration.catalogueInterval, clock: clock)
      }
      if configuration.writesSnapshots { writeSnapshot(worker, &snapshot, isLast: false) }
      if configuration.standsIn { standIn(worker, &looked) }
      if learned == 0 { seen = progress.wait(after: seen, atMost: configuration.pollInterval) }
    }
    _ = round(&worker, catalogue)
    state.publishCatalogue()
    if configuration.writesSnapshots { writeSnapshot(worker, &snapshot, isLast: true) }
  }

  public func stop(by deadline: Deadline) { request.make() }

  /// - Returns: batches learned; 0 when there was nothing, or the store is away.
  private func round(_ worker: inout FollowerWorker, _ catalogue: any CatalogueSource) -> Int {
    do {
      _ = try catalogue.poll(into: state)
    } catch {
      status.withLock { $0.catalogueProblem = "\(error)" }
    }
    do {
      try worker.checkOrigin()
      let learned = try worker.learn { shard, oldest in try self.newerSequences(beyond: shard, oldest) }
      status.withLock { status in
        status.sequences = worker.sequences
        status.storeProblem = nil
        if catalogue.isCaughtUp {
          status.catalogueProblem = nil
          status.isCaughtUp = status.isCaughtUp || learned == 0
        }
      }
      return learned
    } catch {
      status.withLock { status in
        if status.storeProblem == nil { log.warning("applied entries cannot be read", ["reason": "\(error)"]) }
        status.storeProblem = "\(error)"
      }
      return 0
    }
  }

  /// The stream was trimmed beyond our position: a newer snapshot closes the gap, if there is one.
  func newerSequences(beyond shard: Int32, _ oldest: UInt64) throws -> [Int32: UInt64]? {
    log.warning("applied entries were trimmed before they were read", ["shard": .integer(shard)])
    return try restoreNewest { $0[shard, default: 0] + 1 >= oldest }
  }

  /// A gap is healed by the first snapshot that covers it. Whoever writes the snapshots waits for nobody's.
  func heal(_ worker: inout FollowerWorker, _ heard: inout Deadline) {
    guard !worker.gaps.isEmpty, !configuration.writesSnapshots, heard.hasPassed else { return }
    heard = Deadline(after: Self.healInterval, clock: clock)
    let gaps = worker.gaps
    do {
      let positions = try restoreNewest { positions in
        gaps.allSatisfy { positions[$0.key, default: 0] + 1 >= $0.value }
      }
      guard let positions else { return }
      worker.resume(at: positions)
      log.notice("a newer item snapshot has closed the gap")
    } catch {
      log.warning("no item snapshot can be read", ["reason": "\(error)"])
    }
  }

  /// The trainer writes the snapshots. Where it is away for long, the streams would be trimmed behind its last one, and
  /// nobody who starts then could learn what is missing: a process that has learned everything writes one before.
  private func standIn(_ worker: FollowerWorker, _ looked: inout Deadline) {
    guard worker.gaps.isEmpty, looked.hasPassed else { return }
    looked = Deadline(after: Self.healInterval, clock: clock)
    do throws(ArtefactError) {
      let newest = try artefacts.current(ItemSnapshot.kind).map { ItemSnapshot.sequences(of: $0) } ?? [:]
      let reach = UInt64(max(1, configuration.streamLimit / 2))
      guard worker.sequences.contains(where: { $0.value >= newest[$0.key, default: 0] + reach }) else { return }
      try ItemSnapshot.publish(
        state, sequences: worker.sequences, to: artefacts, createdMs: clock.nowMilliseconds)
      log.notice("no trainer writes item snapshots: this process has written one")
    } catch {
      log.error("item snapshot was not written", ["reason": "\(error)"])
    }
  }

  private func writeSnapshot(_ worker: FollowerWorker, _ snapshot: inout SnapshotClock, isLast: Bool) {
    let isDue = snapshot.isDue(
      events: state.globals.events, revision: state.catalogue.revision, sequences: worker.sequences, isLast: isLast)
    guard isDue else { return }
    let began = clock.monotonicNanoseconds
    do throws(ArtefactError) {
      try ItemSnapshot.publish(
        state, sequences: worker.sequences, to: artefacts, createdMs: clock.nowMilliseconds)
    } catch {
      log.error("item snapshot was not written", ["reason": "\(error)"])
    }
    snapshot.wasTaken(nanoseconds: clock.monotonicNanoseconds - began)
  }
}

/// How far the follower is.
public struct FollowerStatus: Sendable {
  public var sequences: [Int32: UInt64] = [:]
  /// Whether everything that was there at the start has been learned.
  public var isCaughtUp = false
  public var storeProblem: String?
  public var catalogueProblem: String?
}
