import JSON
import Recommender
import State

/// A part that is not there, and what to do about it.
public struct ReadinessProblem: Sendable, Equatable {
  /// `consumer`, `redis`, `bundle`, ...
  public var part: String
  public var message: String
  public var remedy: String

  public init(part: String, message: String, remedy: String) {
    self.part = part
    self.message = message
    self.remedy = remedy
  }
}

/// What became of the wish to go back to a model's version before.
public enum ModelRollback: Sendable, Equatable {
  case done(version: String)
  /// There is no model of that kind; these are there.
  case unknownKind(known: [String])
  /// Nothing was changed, and why.
  case refused(String)
}

/// What a process that scores holds. Every member may be called from any thread, must not wait, and must be cheap: the
/// first two are read by each request.
public protocol ServingReplica: Sendable {
  /// The current bundle, swapped as a whole.
  var bundle: Bundle { get }
  /// The live item state; the same object for the life of the process.
  var items: ItemState { get }
  /// Empty when ready.
  var unready: [ReadinessProblem] { get }
  /// Partitions of `interactions`: which shard holds a user follows from it. At least 1.
  var shardCount: Int32 { get }

  /// Writes members into the open object of `GET /model/info`: what only the replica knows (versions with their metrics,
  /// index statistics, importances by gain, live quality).
  func modelInfo(into writer: inout JSONWriter)
  /// Writes members into the open object of `GET /drift`.
  func driftReport(into writer: inout JSONWriter)
  /// Hears of each list that was scored, with the features as served; `scratch` is the caller's again after the call.
  func served(_ scratch: RecommendScratch, outcome: RecommendOutcome)
  /// Goes back to the version before, for `POST /model/rollback/{kind}`. May take as long as a version takes to load.
  func rollBack(kind: String) -> ModelRollback
}

extension ServingReplica {
  public func rollBack(kind: String) -> ModelRollback {
    .refused("this process does not own the models; use freshet models rollback")
  }
}
