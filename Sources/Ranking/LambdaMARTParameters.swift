/// Hyper-parameters of LambdaMART. Defaults are learning.md's, chosen on events 80 to 90 % of MovieLens-100K.
public struct LambdaMARTParameters: Sendable, Equatable {
  /// The forest scorer's bound: leaf numbers of a tree fit 6 bits.
  public static let maximumLeaves = 63

  /// Rows that LightGBM reads its bins from. Its own 200,000 take 12 bytes a number while the data set is made: more than
  /// everything else, for the same 63 bins.
  static let binSampleRows = 50_000

  /// Trees at most; early stopping takes fewer.
  public var rounds = 500
  /// Rounds in a row that are clearly worse than the best on the newest slice before training stops.
  public var patience = 30
  /// How much worse in NDCG@10 is not clearly so: some thousand groups cannot tell such rounds apart, and of those that
  /// they cannot, the last has learned most.
  public var indifference = 0.001
  public var learningRate = 0.05
  public var leaves = 31
  public var minimumRowsInLeaf = 200
  /// Share of the features that a tree may use.
  public var featureShare = 0.4
  /// Share of the rows that a tree sees, drawn anew each round.
  public var rowShare = 0.6
  public var l2 = 10.0
  /// Positions that lambdarank looks at.
  public var truncation = 20
  public var bins = 63
  public var seed: UInt64 = 0
  /// Threads of training. Results do not depend on it.
  public var threads = 1

  public init() {}

  /// LightGBM's own notation. `deterministic` and `force_row_wise`: the same data and seed give the same model.
  var text: String {
    """
    objective=lambdarank metric=ndcg eval_at=10 learning_rate=\(learningRate) \
    num_leaves=\(min(max(2, leaves), Self.maximumLeaves)) min_data_in_leaf=\(minimumRowsInLeaf) \
    feature_fraction=\(featureShare) bagging_fraction=\(rowShare) bagging_freq=1 lambda_l2=\(l2) \
    lambdarank_truncation_level=\(truncation) max_bin=\(min(max(2, bins), 255)) seed=\(seed % (1 << 31)) \
    deterministic=true force_row_wise=true use_missing=false \
    bin_construct_sample_cnt=\(Self.binSampleRows) num_threads=\(threads) verbosity=-1
    """
  }
}
