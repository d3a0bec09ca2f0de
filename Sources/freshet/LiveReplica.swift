import Artefacts
import Drift
import JSON
import Recommender
import Replica
import Serving
import State
import Training

/// What a process that serves shows of itself to the API.
final class LiveReplica: ServingReplica {
  /// Importances that `GET /model/info` names.
  private static let importances = 10

  let shardCount: Int32
  private let follower: ItemFollower
  private let keeper: BundleKeeper
  private let drift: DriftMonitor
  private let quality: LiveQualityMeter
  private let artefacts: ArtefactStore
  /// Nil where this process has no ingest members.
  private let progress: ShardProgress?

  init(
    shardCount: Int32, follower: ItemFollower, keeper: BundleKeeper, drift: DriftMonitor, quality: LiveQualityMeter,
    artefacts: ArtefactStore, progress: ShardProgress?
  ) {
    self.shardCount = shardCount
    self.follower = follower
    self.keeper = keeper
    self.drift = drift
    self.quality = quality
    self.artefacts = artefacts
    self.progress = progress
  }

  var bundle: Bundle { keeper.holder.current }
  var items: ItemState { follower.state }

  var unready: [ReadinessProblem] {
    var problems: [ReadinessProblem] = []
    let followed = follower.followed
    if let problem = followed.storeProblem {
      problems.append(
        ReadinessProblem(part: "redis", message: problem, remedy: "start Redis, or look at REDIS_URL"))
    }
    if let problem = followed.catalogueProblem {
      problems.append(
        ReadinessProblem(
          part: "kafka", message: "item descriptions are stale: \(problem)", remedy: "look at KAFKA_BROKERS"))
    }
    if !followed.isCaughtUp && followed.storeProblem == nil {
      problems.append(
        ReadinessProblem(part: "items", message: "the item state is catching up", remedy: "wait"))
    }
    if let progress, progress.lags.isEmpty {
      problems.append(
        ReadinessProblem(
          part: "consumer", message: "no partition is assigned to this process", remedy: "wait, or look at Kafka"))
    }
    return problems
  }

  func served(_ scratch: RecommendScratch, outcome: RecommendOutcome) {
    drift.served(scratch)
    keeper.served(scratch)
  }

  func modelInfo(into writer: inout JSONWriter) {
    let models = keeper.models
    writer.key("models")
    writer.beginObject()
    if let ranker = models.ranker { write("ranker", ranker.version, into: &writer) }
    if let linear = models.linear { write("linear", linear.version, into: &writer) }
    if let towers = models.towers { write("towers", towers.version, into: &writer) }
    writer.endObject()
    writer.key("index")
    if let figures = keeper.indexFigures {
      writer.beginObject()
      writer.key("vectors")
      writer.integer(figures.count)
      writer.key("lists")
      writer.integer(figures.lists)
      writer.key("probe")
      writer.integer(figures.probe)
      writer.key("recall100")
      if let recall = figures.recall { writer.number(recall) } else { writer.null() }
      writer.endObject()
    } else {
      writer.null()
    }
    writer.key("importances")
    writer.beginArray()
    for importance in models.ranker?.value.model.topImportances(Self.importances) ?? [] {
      writer.beginObject()
      writer.key("feature")
      writer.string(importance.name)
      writer.key("gain_share")
      writer.number(importance.share)
      writer.endObject()
    }
    writer.endArray()
    writeQuality(into: &writer)
  }

  private func write(_ kind: StaticString, _ version: ArtefactVersion, into writer: inout JSONWriter) {
    writer.key(kind)
    writer.beginObject()
    writer.key("version")
    writer.string(version.name)
    writer.key("created_ms")
    writer.integer(version.createdMs)
    writer.key("metadata")
    version.metadata.write(to: &writer)
    writer.endObject()
  }

  private func writeQuality(into writer: inout JSONWriter) {
    let figures = quality.figures(catalogueCount: items.count)
    writer.key("live_quality")
    writer.beginObject()
    writer.key("answers")
    writer.integer(figures.answers)
    writer.key("ndcg10")
    writer.number(figures.ndcg10)
    writer.key("hit10")
    writer.number(figures.hit10)
    writer.key("popularity_ndcg10")
    writer.number(figures.popularityNDCG10)
    writer.key("popularity_hit10")
    writer.number(figures.popularityHit10)
    writer.key("coverage10")
    writer.number(figures.coverage10)
    writer.key("last_withdrawn_ranker")
    if let last = quality.lastWithdrawal {
      writer.string("\(RankerArtefact.kind)-\(last.version)")
    } else {
      writer.null()
    }
    writer.endObject()
  }

  func driftReport(into writer: inout JSONWriter) {
    writer.key("report")
    if let report = drift.report { report.json.write(to: &writer) } else { writer.null() }
  }

  func rollBack(kind: String) -> ModelRollback {
    let known = [RankerArtefact.kind, LinearArtefact.kind, TowerArtefact.kind]
    guard known.contains(kind) else { return .unknownKind(known: known) }
    do throws(ArtefactError) {
      return .done(version: try artefacts.rollback(kind).name)
    } catch {
      return .refused("\(error)")
    }
  }
}
