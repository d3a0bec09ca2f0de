import HTTP
import Lifecycle
import Telemetry

/// The API on a socket, as a service.
public final class ServingServer: Service {
  public let name = "http"
  private let server: HTTPServer<ServingWorker>
  private let log: Logger
  private let drainLimit: Duration
  private let stopRequest = StopRequest()

  /// - Parameters:
  ///   - http: its observer is replaced by one that feeds the metrics.
  ///   - drainLimit: what requests under way get when the service stops.
  /// - Throws: when a setting cannot work; nothing has been bound.
  public init(_ api: ServingAPI, _ http: HTTPConfiguration, drainLimit: Duration = .seconds(4)) throws(HTTPServerError)
  {
    self.drainLimit = drainLimit
    var configuration = http
    configuration.observer = ServingObserver(api.metrics, log: api.log)
    server = try HTTPServer(configuration, routes: api.routes) { _ in api.makeWorker() }
    log = api.log
    api.setStatistics { [weak server] in server?.statistics }
  }

  /// The port that was bound; 0 before `start`.
  public var port: UInt16 { server.port }

  public var statistics: HTTPStatistics { server.statistics }

  public func start() throws { try server.start() }

  public func run() throws { stopRequest.wait() }

  /// Lets requests that are under way end.
  public func stop(by deadline: Deadline) {
    server.drain(within: deadline.remaining(atMost: drainLimit))
    stopRequest.make()
  }

  /// Reads the certificate's files again.
  public func reloadCertificate() throws(HTTPServerError) { try server.reloadCertificate() }
}

/// Feeds the metrics with what the server does, and the log with what it should not.
struct ServingObserver: HTTPObserver {
  private let metrics: FreshetMetrics
  private let log: Logger

  init(_ metrics: FreshetMetrics, log: Logger) {
    self.metrics = metrics
    self.log = log
  }

  func answered(route: String, status: Int, seconds: Double) {
    metrics.httpRequests[route, String(status)].add()
    metrics.httpRequestSeconds[route].observe(seconds)
  }

  func shed(route: String) {
    metrics.httpShed.add()
    if RecommendRoutes.paths.contains(route) { metrics.recommendations["shed"].add() }
  }

  func failed(route: String, error: any Error) {
    log.error("a request failed", ["route": "\(route)", "error": "\(error)"])
  }

  func libraryMessage(_ message: String) { log.debug("libmicrohttpd", ["message": "\(message)"]) }
}
