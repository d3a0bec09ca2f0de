import HTTP
import Lifecycle
import Recommender
import Store
import Synchronization
import Telemetry

/// The HTTP API: what its routes share. Any thread.
///
///     let api = ServingAPI(configuration, replica: replica, intake: intake, stores: { RedisStore(redis) }, metrics: metrics)
///     let server = try ServingServer(api, http)
public final class ServingAPI: Sendable {
  let configuration: ServingConfiguration
  let replica: any ServingReplica
  let intake: any EventIntake
  let makeStore: StoreFactory
  let metrics: FreshetMetrics
  let clock: any FreshetClock
  let log: Logger
  let cache: ResponseCache
  let remembered: RememberedRecords
  let bundles: BundleNumbers
  let storeGate = StoreGate()
  let startedAt: UInt64
  private let statisticsSource = Mutex<(@Sendable () -> HTTPStatistics?)?>(nil)

  /// - Parameters:
  ///   - stores: called once by each worker thread. A store that waits long for a server that hangs makes the worker wait
  ///     as long: time-outs of a quarter of a second suit it.
  ///   - clock: its wall time is the moment that answers are asked for.
  public init(
    _ configuration: ServingConfiguration, replica: any ServingReplica, intake: any EventIntake,
    stores: @escaping StoreFactory, metrics: FreshetMetrics, clock: any FreshetClock = SystemClock(),
    log: Logger = Logger("serving")
  ) {
    self.configuration = configuration
    self.replica = replica
    self.intake = intake
    self.metrics = metrics
    self.clock = clock
    self.log = log
    makeStore = stores
    cache = ResponseCache(configuration)
    remembered = RememberedRecords(configuration)
    bundles = BundleNumbers(replica.bundle)
    startedAt = clock.monotonicNanoseconds
  }

  /// Every route of the API.
  public var routes: [Route<ServingWorker>] {
    let probes = probeRoutes + pageRoutes
    return recommendRoutes + eventRoutes + userRoutes + itemRoutes + modelRoutes
      + (configuration.opensProbes ? probes.map { $0.open() } : probes)
  }

  /// What one worker thread owns; to be called on it.
  public func makeWorker() -> ServingWorker { ServingWorker(self) }

  /// Where the server's own figures come from; shown in the metrics.
  func setStatistics(_ source: @escaping @Sendable () -> HTTPStatistics?) {
    statisticsSource.withLock { $0 = source }
  }

  var statistics: HTTPStatistics? { statisticsSource.withLock { $0 }?() ?? nil }
}
