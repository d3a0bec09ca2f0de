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
    public var snapshots = SnapshotDuty.none
    public var snapshotInterval = Duration.seconds(60)
    /// Batches that the store keeps of each shard.
    public var streamLimit = RedisConfiguration.standardAppliedLimit
    /// Whoever writes snapshots and has a gap waits so long for somebody's that closes it.
    public var gapPatience = Duration.seconds(60)
    /// A new catalogue is published at most this often: it copies the index of all items.
    public var catalogueInterval = Duration.milliseconds(200)

    public init(shards: Int32) { self.shards = shards }
  }

  /// How often a follower with a gap looks for a newer snapshot, and a standby for an old one.
  static let healInterval = Duration.seconds(1)

  public let name = "items"
  public let state = ItemState()
  let configuration: Configuration
  private let makeStore: StoreFactory
  private let progress: ShardProgress
  let artefacts: ArtefactStore
  private let listeners: [any AppliedListener]
  private let makeCatalogue: @Sendable () throws -> any CatalogueSource
  let clock: any FreshetClock
  let log = Logger("items")
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
    let positions = try restoreNewest { _ in true } ?? [:]
    status.withLock { $0.positions = positions }
  }

  /// Takes the newest snapshot, unless its positions are of no use: then the state stays as it is.
  func restoreNewest(
    where isUseful: ([Int32: AppliedPosition]) -> Bool
  ) throws(ArtefactError) -> [Int32: AppliedPosition]? {
    let newest = try artefacts.loadNewest(ItemSnapshot.kind)
    for skipped in newest.skipped { log.warning("item snapshot passed over", ["reason": "\(skipped)"]) }
    guard let artefact = newest.artefact else { return nil }
    do {
      let file = try artefact.file(ItemSnapshot.fileName)
      let positions = try file.withUnsafeBytes { bytes -> [Int32: AppliedPosition]? in
        let (positions, body) = try ItemSnapshot.decode(bytes)
        guard isUseful(positions) else { return nil }
        try state.restore(from: body)
        return positions
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
      state: state, store: try makeStore(), listeners: listeners, positions: followed.positions, configuration)
    var published = Deadline(after: .zero, clock: clock)
    var writer = SnapshotWriter(self, worker)
    var seen: UInt64 = 0
    while !request.isMade {
      let learned = round(&worker, catalogue)
      heal(&worker)
      if published.hasPassed {
        state.publishCatalogue()
        published = Deadline(after: configuration.catalogueInterval, clock: clock)
      }
      writer.write(&worker, isLast: false)
      if learned == 0 { seen = progress.wait(after: seen, atMost: configuration.pollInterval) }
    }
    _ = round(&worker, catalogue)
    state.publishCatalogue()
    writer.write(&worker, isLast: true)
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
      let learned = try worker.learn { shard, gap in try self.newerPositions(of: shard, gap) }
      progress.learned(worker.positions.mapValues(\.sequence))
      status.withLock { status in
        status.positions = worker.positions
        status.gapCount = worker.gaps.count + worker.acceptedGaps.count
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
  func newerPositions(of shard: Int32, _ gap: AppliedGap) throws -> [Int32: AppliedPosition]? {
    try restoreNewest { gap.isClosed(by: $0[shard, default: AppliedPosition()]) }
  }

  /// A gap is healed by the first snapshot that covers it.
  func heal(_ worker: inout FollowerWorker) {
    guard !worker.gaps.isEmpty, worker.nextHeal.hasPassed else { return }
    worker.nextHeal = Deadline(after: Self.healInterval, clock: clock)
    let gaps = worker.gaps
    do {
      let positions = try restoreNewest { positions in
        gaps.allSatisfy { $0.value.isClosed(by: positions[$0.key, default: AppliedPosition()]) }
      }
      guard let positions else { return }
      worker.resume(at: positions)
      log.notice("a newer item snapshot has closed the gap")
    } catch {
      log.warning("no item snapshot can be read", ["reason": "\(error)"])
    }
  }
}

/// How far the follower is.
public struct FollowerStatus: Sendable {
  public var positions: [Int32: AppliedPosition] = [:]
  /// Shards of which this process has not counted everything.
  public var gapCount = 0
  /// Whether everything that was there at the start has been learned.
  public var isCaughtUp = false
  public var storeProblem: String?
  public var catalogueProblem: String?
}
