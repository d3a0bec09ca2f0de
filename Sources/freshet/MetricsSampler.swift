import Lifecycle
import Replica
import Serving

/// Brings the gauges up to date that nobody sets when they change, once a second.
final class MetricsSampler: Service {
  private static let interval = Duration.seconds(1)

  let name = "metrics"
  private let parts: RoleParts
  private let follower: ItemFollower
  private let server: ServingServer
  private let request = StopRequest()

  init(_ parts: RoleParts, follower: ItemFollower, server: ServingServer) {
    self.parts = parts
    self.follower = follower
    self.server = server
  }

  func start() throws {}

  func run() throws {
    while !request.wait(atMost: Self.interval) { sample() }
  }

  func stop(by deadline: Deadline) { request.make() }

  private func sample() {
    let metrics = parts.metrics
    metrics.setLag(parts.progress.lags)
    metrics.producerQueue.set(parts.producer.queuedCount)
    metrics.itemGaps.set(follower.followed.gapCount)
    let figures = parts.quality.figures(catalogueCount: follower.state.count)
    metrics.liveNDCG10["live"].set(figures.ndcg10)
    metrics.liveNDCG10["popularity"].set(figures.popularityNDCG10)
    metrics.liveHit10["live"].set(figures.hit10)
    metrics.liveHit10["popularity"].set(figures.popularityHit10)
    metrics.liveCoverage10.set(figures.coverage10)
    let http = server.statistics
    metrics.httpConnections.set(http.connections)
    metrics.httpQueueDepth.set(http.queueDepth)
  }
}
