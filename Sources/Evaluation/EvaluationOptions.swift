import Training

/// What an evaluation is asked to do. The command line fills it.
public struct EvaluationOptions: Sendable {
  /// What `--without` can switch off.
  public enum Part: String, Sendable, CaseIterable {
    /// The user's history after the end of the training part stays unknown to queries.
    case history
    /// Counters and popularities of items stand still.
    case itemStatistics = "item-statistics"
    /// Co-visitation brings and scores nothing.
    case coVisitation = "co-visitation"
    /// The linear models bring and score nothing.
    case linear
    /// The user's vector brings and scores nothing.
    case userVector = "user-vector"
    /// No ranker: the order of the fusion.
    case ranker
    /// The first ranker stays.
    case rankerRetraining = "ranker-retraining"
  }

  /// Folder of a MovieLens set.
  public var dataFolder: String
  public var evaluationProtocol = EvaluationProtocol.prequential
  /// Where the per-case file goes; nil writes none.
  public var csvPath: String?
  /// Also report every source alone and the retrieval order.
  public var reportsStages = false
  public var without: Set<Part> = []
  public var rankerKind = RankerKind.combined
  /// Nothing is applied after the history.
  public var isFrozen = false
  /// At most this many scored cases.
  public var limit: Int?
  public var seed: UInt64 = 0
  /// Where the history ends and where the scored part ends, as shares of the log. Hyper-parameters are chosen on
  /// 0.8..<0.9; 0.9..<1 is for reporting alone.
  public var slice: Range<Double> = 0.9..<1
  /// Path of LightGBM's library; nil looks in the usual places.
  public var lightGBMPath: String?
  /// Whether a progress bar may be drawn on standard error.
  public var showsProgress = true

  public init(dataFolder: String) { self.dataFolder = dataFolder }
}
