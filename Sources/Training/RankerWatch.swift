import Artefacts
import Lifecycle
import Telemetry

/// Withdraws a ranker with which live quality fell, in the processes that see what users like. The version before takes
/// over everywhere, by the artefact directory; the next training starts from it.
public final class RankerWatch: Service {
  private static let interval = Duration.seconds(1)

  public let name = "ranker-watch"
  private let kind: String
  private let quality: LiveQualityMeter
  private let artefacts: ArtefactStore
  private let metrics: FreshetMetrics
  private let log = Logger("ranker-watch")
  private let request = StopRequest()

  public init(kind: String, quality: LiveQualityMeter, artefacts: ArtefactStore, metrics: FreshetMetrics) {
    self.kind = kind
    self.quality = quality
    self.artefacts = artefacts
    self.metrics = metrics
  }

  public func start() throws {}

  public func run() throws {
    var open: QualityGuard.Withdrawal?
    var isTriedAgain = false
    while !request.wait(atMost: Self.interval) {
      if let decision = quality.takeWithdrawal() {
        report(decision)
        open = decision
        isTriedAgain = false
      }
      guard let reason = open else { continue }
      if withdraw(reason, isTriedAgain: isTriedAgain) { open = nil }
      isTriedAgain = true
    }
  }

  public func stop(by deadline: Deadline) { request.make() }

  private func report(_ reason: QualityGuard.Withdrawal) {
    let fields: LogFields = [
      "version": "\(reason.version)", "ndcg10": .real(reason.ndcg10), "before": "\(reason.before)",
      "ndcg10_before": .real(reason.ndcg10Before), "answers": .integer(Int64(reason.answers)),
      "standard_errors": .real(reason.significance),
    ]
    log.error("users like this ranker's lists less than those before", fields)
  }

  /// - Returns: false where the disk was in the way: the guard says it only once, so it is tried again. The log has the
  ///   first failure.
  private func withdraw(_ reason: QualityGuard.Withdrawal, isTriedAgain: Bool) -> Bool {
    do throws(ArtefactError) {
      guard let version = try artefacts.withdraw(reason.version, of: kind) else {
        log.info("it is not in use any more", ["version": "\(reason.version)"])
        return true
      }
      metrics.rankerWithdrawals.add()
      log.notice("withdrawn", ["version": "\(reason.version)", "now": "\(version.name)"])
      return true
    } catch {
      if !isTriedAgain {
        log.error("it cannot be withdrawn", ["version": "\(reason.version)", "reason": "\(error)"])
      }
      // There is none to go back to.
      return error.code == .notFound
    }
  }
}
