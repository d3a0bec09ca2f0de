import Features
import Identity
import State
import Towers

/// The one pipeline: record -> candidates -> features -> score -> list. Serving, ingestion (score, then apply), group
/// making and evaluation call this function and no other.
public enum Recommender {
  /// Ranks for the user at `request.nowMs`. The list and all that it was made of lie in `scratch` until its next use.
  ///
  /// Reads `state` without waiting for its writer; reads nothing else that moves. Deterministic in its arguments.
  /// - Parameter view: the user's own vector; nil, or one of other towers, is derived from the record.
  /// - Precondition: `scratch` was made for a bundle with as many features, and belongs to the calling thread.
  /// - Complexity: O(history * items of the linear model + lists of 20 items + candidates * features); no allocation once
  ///   the scratch has seen a catalogue of this size.
  public static func recommend(
    _ record: borrowing UserRecord, _ request: RecommendRequest, view: UserVectorState? = nil, bundle: Bundle,
    state: ItemState, scratch: RecommendScratch
  ) -> RecommendOutcome {
    precondition(
      scratch.featureCount == bundle.registry.count,
      "scratch made for \(scratch.featureCount) features, the bundle has \(bundle.registry.count)")
    let started = StageTimes.now()
    let globals = state.globals
    scratch.history.fill(record, state)
    let user = UserSummary(
      record, nowMs: request.nowMs, history: scratch.history, content: bundle.content, globals: globals)
    scratch.marks.begin(itemCount: state.count)
    bar(record, request, state, scratch.marks)
    scratch.table.begin(user, globals: globals, history: scratch.history, content: bundle.content)
    scratch.vectors.fillUser(record, view: view, nowMs: request.nowMs, towers: bundle.towers, state: state)
    let summarised = StageTimes.now()
    CandidateSources(bundle: bundle, state: state, request: request, scratch: scratch).collect(user)
    let retrieved = StageTimes.now()
    scratch.table.complete(state)
    bundle.registry.fill(scratch.matrix, from: scratch.table)
    let filled = StageTimes.now()
    let outcome = order(request, user: user, bundle: bundle, scratch)
    scratch.stages.vector = summarised - started
    scratch.stages.retrieve = retrieved - summarised
    scratch.stages.features = filled - retrieved
    scratch.stages.score = StageTimes.now() - filled
    return outcome
  }

  private static func bar(
    _ record: borrowing UserRecord, _ request: RecommendRequest, _ state: ItemState, _ marks: ItemMarks
  ) {
    for key in request.excluded {
      if let item = state.index(of: key) { marks.bar(item) }
    }
    if request.includesSeen { return }
    record.history.withUnsafeBufferPointer { history in
      for entry in history {
        if let item = state.index(of: entry.item) { marks.bar(item) }
      }
    }
  }

  /// A candidate as a place of the list.
  static func item(_ place: Int, _ scratch: RecommendScratch) -> RankedItem {
    RankedItem(
      item: scratch.table.items[place], score: Float(scratch.scores[place]),
      retrievalScore: scratch.table.rankFusion(place), sources: scratch.table.sourceBits[place])
  }

  /// Scores, orders and writes the list.
  private static func order(
    _ request: RecommendRequest, user: UserSummary, bundle: Bundle, _ scratch: RecommendScratch
  ) -> RecommendOutcome {
    let table = scratch.table
    if let ranker = bundle.ranker {
      ranker.score(scratch.matrix, rows: table.count, scratch: scratch.ranker, into: scratch.scores)
    } else {
      for place in 0..<table.count { scratch.scores[place] = Double(table.rankFusion(place)) }
    }
    let wanted = max(0, min(request.count, table.count))
    // Exploration draws from the places behind the list.
    let ordered = request.exploration == nil ? wanted : table.count
    scratch.order.arrange(scratch.scores, table.items, count: table.count, wanted: ordered)
    for rank in 0..<wanted { scratch.list[rank] = item(Int(scratch.order.places[rank]), scratch) }
    if let exploration = request.exploration {
      explore(exploration, nowMs: request.nowMs, wanted: wanted, scratch)
    }
    var outcome = RecommendOutcome(candidateCount: table.count, listCount: wanted)
    if table.count == 0 {
      outcome.degradation = .empty
    } else if bundle.ranker == nil {
      outcome.degradation = .noRanker
    } else if user.isNew {
      outcome.degradation = .newUser
    }
    return outcome
  }
}
