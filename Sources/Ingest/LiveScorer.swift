import Features
import Identity
import Recommender
import State
import Towers
import Training

/// Score, then apply: ranks for the user before a sampled positive event is applied, with what this process knows at that
/// moment. The answer measures live quality, and its candidates become a training group.
///
/// Belongs to one ingest member's thread.
public final class LiveScorer: ApplyObserver {
  public struct Configuration: Sendable {
    /// Share of the positive events that are scored.
    public var share = 0.2
    public var groups = GroupSettings()

    public init() {
      // With all their candidates in memory, some 200 KB each: 40 MB a member. The oldest then mature early.
      groups.maximumPending = 200
    }
  }

  /// Length of the list that live quality looks at.
  static let listLength = LiveQuality.depth
  /// Scoring time that impressions leave to positives: there are many more of them, and live quality needs the others.
  static let reserved = ScoringBudget.burst / 2

  private let items: ItemState
  private let bundle: BundleHolder
  private let threshold: UInt64
  private let emit: (TrainingGroup) -> Void
  private let quality: LiveQualityMeter
  private let ranked: @Sendable (Double) -> Void
  private let scratch: RecommendScratch
  private let vectors = UserVectorScratch()
  private var budget = ScoringBudget()
  private var collector: GroupCollector
  private(set) var counts = LiveCounts()
  private var latestMs: Int64 = 0

  /// - Parameters:
  ///   - ranked: hears NDCG@10 of each answer: the drift monitor.
  ///   - emit: takes the groups that have waited for their user's further likes.
  public init(
    _ configuration: Configuration, items: ItemState, bundle: BundleHolder,
    quality: LiveQualityMeter, ranked: @escaping @Sendable (Double) -> Void,
    emit: @escaping (TrainingGroup) -> Void
  ) {
    self.items = items
    self.bundle = bundle
    self.emit = emit
    self.quality = quality
    self.ranked = ranked
    threshold = configuration.share >= 1 ? .max : UInt64(max(0, configuration.share) * 0x1p64)
    let current = bundle.current
    scratch = RecommendScratch(bundle: current)
    collector = GroupCollector(registry: current.registry, settings: configuration.groups)
  }

  public func willApply(
    _ event: Interaction, to record: borrowing UserRecord, view: inout UserVectorState?, userHash: UInt64
  ) -> Bool {
    let bundle = bundle.current
    if event.signal == .positive, isSampled(event.item, timeMs: event.timeMs, userHash), budget.admits() {
      let start = budget.now
      score(event, record, view, userHash: userHash, bundle)
      budget.spent(since: start)
    }
    guard let towers = bundle.towers else { return false }
    let version = view?.version
    vectors.move(&view, record, by: event, towers: towers, state: items)
    return event.signal == .positive || view?.version != version
  }

  private func score(
    _ event: Interaction, _ record: borrowing UserRecord, _ view: UserVectorState?, userHash: UInt64, _ bundle: Bundle
  ) {
    guard let target = items.index(of: event.item), !record.hasSeen(event.item) else { return }
    let outcome = Recommender.recommend(
      record, RecommendRequest(nowMs: event.timeMs, count: Self.listLength), view: view, bundle: bundle, state: items,
      scratch: scratch)
    counts.scored += 1
    measure(outcome, target: target, ranker: bundle.versions.rankerNumber)
    collector.propose(scratch, userHash: userHash, target: target, timeMs: event.timeMs)
  }

  public func didShow(
    _ places: [ShownPlace], timeMs: Int64, to record: borrowing UserRecord, view: UserVectorState?, userHash: UInt64
  ) {
    guard places.count > 1, isSampled(places[0].item, timeMs: timeMs, userHash), budget.admits(leaving: Self.reserved)
    else { return }
    let start = budget.now
    _ = Recommender.recommend(
      record, RecommendRequest(nowMs: timeMs, count: 0), view: view, bundle: bundle.current, state: items,
      scratch: scratch)
    let shown = places.compactMap { place in
      items.index(of: place.item).map { (item: $0, position: Int(place.position)) }
    }
    collector.proposeShown(scratch, userHash: userHash, shown: shown, timeMs: timeMs)
    budget.spent(since: start)
    // Here as well as after what was applied: there may be nothing but impressions for hours.
    latestMs = max(latestMs, timeMs)
    collector.mature(nowMs: latestMs, emit)
  }

  public func didApply(_ entry: AppliedEntry) {
    counts.applied += 1
    let event = entry.interaction
    if event.signal == .positive, let item = items.index(of: event.item) {
      collector.attribute(userHash: entry.userHash, item: item, timeMs: event.timeMs)
    }
    latestMs = max(latestMs, event.timeMs)
    collector.mature(nowMs: latestMs, emit)
  }

  public func wasDuplicate() { counts.duplicates += 1 }
  public func didErase(userHash: UInt64) { collector.erase(userHash: userHash) }

  /// A hash decides, so that a batch that is applied again asks for the same events.
  private func isSampled(_ item: ItemKey, timeMs: Int64, _ userHash: UInt64) -> Bool {
    Hash64.mix(userHash ^ Hash64.mix(item.rawValue ^ UInt64(bitPattern: timeMs))) < threshold
  }

  private func measure(_ outcome: RecommendOutcome, target: ItemIndex, ranker: Int64?) {
    var rank: Int?
    var list: [ItemIndex] = []
    for place in 0..<outcome.listCount {
      list.append(scratch.list[place].item)
      if scratch.list[place].item == target { rank = place }
    }
    let table = scratch.table
    var popularityRank: Int?
    for place in 0..<table.count where table.items[place] == target {
      popularityRank = Int(table.ranks(.popular2000)[place])
    }
    ranked(quality.add(rank: rank, popularityRank: popularityRank, list: list, ranker: ranker))
  }
}

/// What a member's scorer has done.
struct LiveCounts {
  var applied: UInt64 = 0
  var duplicates: UInt64 = 0
  var scored: UInt64 = 0
}
