import Identity
import State

/// One question to the pipeline.
public struct RecommendRequest: Sendable {
  /// Most candidates that are ever scored: the default of `TOP_K_CANDIDATES`.
  public static let maximumCandidates = 500

  /// The moment asked about: the wall clock in serving, the event's time in evaluation.
  public var nowMs: Int64
  /// Length of the list.
  public var count: Int
  /// Whether items that the user has met may come back.
  public var includesSeen = false
  /// Items never to show.
  public var excluded: [ItemKey] = []
  /// Further conditions on an item (attributes, business rules); called once for each that a source names.
  public var isAllowed: (@Sendable (ItemIndex) -> Bool)?

  /// Whether and how often a cold item is tried; nil: never.
  public var exploration: Exploration?

  public init(nowMs: Int64, count: Int = 20) {
    self.nowMs = nowMs
    self.count = count
  }
}

/// Why an answer is less than the full pipeline's.
public enum Degradation: String, Sendable, Codable, CaseIterable {
  /// No ranker is loaded: reciprocal-rank fusion of the sources.
  case noRanker = "no_ranker"
  /// The user has no history: popularity and what the stage and session say.
  case newUser = "new_user"
  /// Nothing may be shown.
  case empty = "no_candidates"
}

/// One place of an answer.
public struct RankedItem: Sendable, BitwiseCopyable {
  public var item: ItemIndex
  /// The ranker's score, or the fusion's while there is none.
  public var score: Float
  /// Reciprocal-rank fusion of the sources.
  public var retrievalScore: Float
  /// Bit s: source s (`ScoreColumn.sources`) brought the item in.
  public var sources: UInt32
  /// The chance with which just this item was put into this place; nil where its score put it there.
  public var propensity: Float?
}

/// What `recommend` says beside the list, which lies in the scratch.
public struct RecommendOutcome: Sendable {
  public var candidateCount: Int
  public var listCount: Int
  public var degradation: Degradation?
}
