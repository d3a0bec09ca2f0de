import Recommender
import Towers
import Training

/// What an evaluation is asked to do. The command line fills it.
public struct EvaluationOptions: Sendable {
  /// What `--without` can switch off. The first seven stop learning where the scored part begins; the others are not there
  /// at all.
  public enum Part: String, Sendable, CaseIterable {
    /// What the user does in the scored part stays unknown to queries (but what was met is never shown again).
    case history
    /// Counters and popularities of items stand still.
    case itemStatistics = "item-statistics"
    /// Co-visitation lists stand still.
    case coVisitation = "co-visitation"
    /// The linear model is not refitted.
    case linearRefit = "linear-refit"
    /// The user's own vector is not moved by events.
    case userVector = "user-vector"
    /// Towers and item vectors are not trained any more.
    case itemVectors = "item-vectors"
    /// The first ranker stays.
    case rankerRetraining = "ranker-retraining"
    /// Nobody knows what the users' file says of users.
    case profiles
    /// Co-visitation brings and scores nothing.
    case neighbours
    /// The towers bring and score nothing.
    case vectors
    /// The linear models bring and score nothing.
    case linear
    /// No ranker: the order of the fusion.
    case ranker
  }

  /// Folder of a MovieLens set.
  public var dataFolder: String
  public var evaluationProtocol = EvaluationProtocol.prequential
  /// Where the per-case file goes; nil writes none.
  public var csvPath: String?
  /// Also report every source alone and the retrieval order.
  public var reportsStages = false
  public var without: Set<Part> = []
  /// How rankers are trained, as in production; its seed is `seed`.
  public var recipe = RankerRecipe()
  /// Sizes of the towers and how they are trained; their seed is `seed`.
  public var towers = TowerSettings()
  /// Nothing is applied after the history.
  public var isFrozen = false
  /// At most this many scored cases.
  public var limit: Int?
  public var seed: UInt64 = 0
  /// Candidates of each source.
  public var budgets = SourceBudgets.standard
  /// Where the history ends and where the scored part ends, as shares of the log. Hyper-parameters are chosen on
  /// 0.8..<0.9; 0.9..<1 is for reporting alone.
  public var slice: Range<Double> = 0.9..<1
  /// Path of LightGBM's library; nil looks in the usual places.
  public var lightGBMPath: String?
  /// Whether a progress bar may be drawn on standard error.
  public var showsProgress = true

  public init(dataFolder: String) { self.dataFolder = dataFolder }
}
