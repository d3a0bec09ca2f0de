import Artefacts
import Lifecycle
import Synchronization
import Telemetry

/// Withdraws a ranker with which live quality fell, in the processes that see what users like. The version before takes
/// over everywhere, by the artefact directory; the next training starts from it.
public final class RankerWatch: Service {
  private static let interval = Duration.seconds(1)
  /// Decisions that are kept while they cannot be carried out.
  private static let maximumPending = 8

  public let name = "ranker-watch"
  private let kind: String
  private let quality: LiveQualityMeter
  private let artefacts: ArtefactStore
  private let metrics: FreshetMetrics
  private let log = Logger("ranker-watch")
  private let request = StopRequest()
  private let pending = Mutex<[Pending]>([])

  private struct Pending: Sendable {
    let version: String
    /// The log has it.
    var hasFailed = false
  }

  public init(kind: String, quality: LiveQualityMeter, artefacts: ArtefactStore, metrics: FreshetMetrics) {
    self.kind = kind
    self.quality = quality
    self.artefacts = artefacts
    self.metrics = metrics
  }

  public func start() throws {}

  public func run() throws {
    while !request.wait(atMost: Self.interval) { look() }
  }

  public func stop(by deadline: Deadline) { request.make() }

  /// One look at what was decided.
  func look() {
    pending.withLock { pending in
      for reason in quality.takeWithdrawals() {
        log.error("users like this ranker's lists less than those before", fields(reason))
        pending.append(Pending(version: "\(kind)-\(reason.version)"))
      }
      pending = pending.suffix(Self.maximumPending).compactMap { settle($0) }
    }
  }

  private func fields(_ reason: QualityGuard.Withdrawal) -> LogFields {
    [
      "version": "\(kind)-\(reason.version)", "ndcg10": .real(reason.gain), "before": "\(kind)-\(reason.before)",
      "ndcg10_before": .real(reason.gainBefore), "answers": .integer(Int64(reason.answers)),
      "standard_errors": .real(reason.comparison.deviation),
    ]
  }

  /// - Returns: what is left to do. While a newer version is served nothing is done, but the decision stands: that one may
  ///   go as well. Where the disk is in the way it is tried again: the guard says it only once.
  private func settle(_ decision: Pending) -> Pending? {
    do throws(ArtefactError) {
      if let version = try artefacts.withdraw(decision.version, of: kind) {
        metrics.rankerWithdrawals.add()
        log.notice("withdrawn", ["version": "\(decision.version)", "now": "\(version.name)"])
        return nil
      }
      let isGone = try artefacts.versions(of: kind).first { $0.name == decision.version }?.isWithdrawn ?? true
      return isGone ? nil : decision
    } catch {
      if !decision.hasFailed {
        log.error("it cannot be withdrawn", ["version": "\(decision.version)", "reason": "\(error)"])
      }
      // Without a version to go back to there is nothing to try again.
      return error.code == .notFound ? nil : Pending(version: decision.version, hasFailed: true)
    }
  }
}
