import Glibc
import Lifecycle
import Replica
import Serving
import Settings
import Telemetry

/// What a person at the terminal sees of `freshet run`: one line that is redrawn, and once, when answers are there, what
/// to try. Without a terminal the line goes to the log every ten seconds.
final class RunStatus: Service {
  private static let interval = Duration.seconds(1)
  private static let logInterval = Duration.seconds(10)

  let name = "status"
  private let parts: RoleParts
  private let follower: ItemFollower
  private let keeper: BundleKeeper
  private let drift: DriftMonitor
  private let server: ServingServer
  private let request = StopRequest()
  private let log = Logger("status")

  init(
    _ parts: RoleParts, follower: ItemFollower, keeper: BundleKeeper, drift: DriftMonitor, server: ServingServer
  ) {
    self.parts = parts
    self.follower = follower
    self.keeper = keeper
    self.drift = drift
    self.server = server
  }

  func start() throws {}

  func run() throws {
    let isTerminal = isatty(STDERR_FILENO) == 1
    var before = parts.metrics.eventsApplied.value
    var nextLine = Deadline(after: Self.logInterval)
    var isShown = false
    while !request.wait(atMost: Self.interval) {
      let applied = parts.metrics.eventsApplied.value
      let rate = applied - before
      before = applied
      if !isShown && applied > 0 && follower.followed.isCaughtUp {
        Output.error(examples)
        isShown = true
      }
      if isTerminal {
        Output.error("\r\u{1B}[K" + line(rate))
      } else if nextLine.hasPassed {
        nextLine = Deadline(after: Self.logInterval)
        log.info("\(line(rate))")
      }
    }
    if isTerminal { Output.error("\n") }
  }

  func stop(by deadline: Deadline) { request.make() }

  private func line(_ rate: UInt64) -> String {
    let lag = parts.progress.lags.reduce(0) { $0 + $1.records }
    let figures = parts.quality.figures(catalogueCount: follower.state.count)
    let ranker = keeper.models.ranker?.version.name ?? "no ranker yet"
    let alerts = drift.report?.activeAlerts ?? 0
    let fresh = parts.metrics.freshness.snapshot().quantile(0.5) ?? 0
    return "\(rate) events/s, lag \(lag), freshness \(Self.short(fresh * 1_000)) ms, NDCG@10 "
      + "\(Self.short(figures.ndcg10)) (popularity \(Self.short(figures.popularityNDCG10))), \(ranker), \(alerts) alerts"
  }

  private static func short(_ value: Double) -> String {
    String((value * 1_000).rounded() / 1_000)
  }

  private var examples: String {
    let settings = parts.settings
    let broker = settings.kafka.brokers ?? parts.kafka.configuration.brokers
    let http = "http://\(settings.http.host):\(server.port)"
    let event = "{\"type\":\"like\",\"user\":42,\"item\":50}"
    return """

      Freshet answers. Ask for recommendations:
        curl -s \(http)/recommend -d '{"user_id": 42, "k": 5}'
      Send an event, as any Kafka client can, and ask again:
        echo '\(event)' | kcat -b \(broker) -P -t \(settings.topics.interactions)
      Look around: \(http)/ \(http)/model/info \(http)/drift \(http)/metrics

      """
  }
}
