import Features
import Identity
import Ranking
import Recommender
import State
import Training

/// Production's folds, models and clocks in one thread, on the events' clock: what the protocols ask and feed.
///
/// Fits and trainings happen at once where production does them in the background: at fixed event numbers, so that the same
/// seed gives the same run.
final class LiveSystem {
  /// Events between two fits of the linear model, as a share of those learned so far: ten fits a decade of data.
  static let linearRefitShare = 0.1
  static let linearRefitMinimum = 2_000
  /// A ranker of fewer groups is worse than the fusion of the sources.
  static let minimumGroups = 200
  /// The evaluation has the machine to itself; results do not depend on it.
  static let trainingThreads = 2

  let events: ReplayedEvents
  let options: EvaluationOptions
  let state = ItemState()
  private(set) var users: [UserRecord]
  private var entry = AppliedEntry.reusable()
  private var linearWindow = LinearWindow()
  private var linearFitAt = 0
  /// nil where the run is without it.
  let vectors: LiveVectors?
  private(set) var collector: GroupCollector
  var groups = GroupWindow()
  private(set) var bundle: Bundle
  let scratch: RecommendScratch
  var figures = LiveFigures()

  init(_ events: ReplayedEvents, options: EvaluationOptions) {
    self.events = events
    self.options = options
    users = Array(repeating: UserRecord(), count: events.dataset.userIDs.count)
    vectors =
      options.without.contains(.userVector)
      ? nil : LiveVectors(users: events.dataset.userIDs.count, seed: options.seed)
    events.describeCatalogue(state)
    bundle = Bundle(content: ContentTable(state.catalogue))
    scratch = RecommendScratch(bundle: bundle)
    var settings = GroupSettings()
    settings.seed = options.seed
    collector = GroupCollector(registry: bundle.registry, settings: settings)
  }

  /// Asks the pipeline; the answer lies in `scratch`.
  func query(user: Int, timeMs: Int64, count: Int = EvaluationProtocol.listLength) -> RecommendOutcome {
    let start = ProcessFigures.seconds()
    let outcome = Recommender.recommend(
      users[user], RecommendRequest(nowMs: timeMs, count: count), view: vectors?.view(user), bundle: bundle,
      state: state, scratch: scratch)
    figures.querySeconds += ProcessFigures.seconds() - start
    figures.queries += 1
    return outcome
  }

  func hasSeen(user: Int, item: Int) -> Bool { users[user].hasSeen(events.itemKeys[item]) }

  /// Score, then apply: the positive that was just asked about becomes a group.
  func propose(_ event: Int) {
    guard let target = state.index(of: events.itemKeys[events.item(event)]) else { return }
    collector.propose(
      scratch, userHash: events.userHashes[events.user(event)], target: target, timeMs: events.timeMs(event))
  }

  /// Both folds, and what follows them.
  func apply(_ event: Int) {
    let start = ProcessFigures.seconds()
    let user = events.user(event)
    let hash = events.userHashes[user]
    vectors?.move(user, users[user], by: events.interaction(event), state)
    _ = users[user].apply(events.interaction(event), userHash: hash, entry: &entry)
    guard let item = state.learn(entry, id: events.dataset.items[events.item(event)].id) else { return }
    linearWindow.append(entry, item: item)
    vectors?.learn(entry)
    figures.applySeconds += ProcessFigures.seconds() - start
    figures.applied += 1
    if events.isPositive(event) {
      collector.attribute(userHash: hash, item: item, timeMs: events.timeMs(event))
    }
    collector.mature(nowMs: events.timeMs(event)) { groups.append($0) }
  }

  /// Refits the linear model where its clock says so.
  func refitLinear(force: Bool = false) throws {
    let due = linearFitAt + max(Self.linearRefitMinimum, Int(Double(linearFitAt) * Self.linearRefitShare))
    guard force || linearWindow.count >= due else { return }
    let start = ProcessFigures.seconds()
    linearFitAt = linearWindow.count
    let model = try LinearFit().fit(linearWindow)
    replaceBundle(linear: model, ranker: bundle.ranker)
    figures.linearSeconds += ProcessFigures.seconds() - start
    figures.linearFits += 1
  }

  /// Trains the towers where their clock says so.
  func refitTowers(force: Bool = false) throws {
    guard let vectors, try vectors.refit(state.catalogue, force: force) else { return }
    replaceBundle(linear: bundle.linear, ranker: bundle.ranker)
  }

  /// Trains a ranker on the window's groups and puts it in place; does nothing while there are too few.
  func trainRanker() throws {
    guard groups.count >= Self.minimumGroups, !options.without.contains(.ranker) else { return }
    let start = ProcessFigures.seconds()
    var training = RankerRecipe()
    training.kind = options.rankerKind
    training.seed(options.seed)
    training.lambdaMART.threads = Self.trainingThreads
    let registry = bundle.registry
    install(try training.train(groups.trainingSet(registry: registry), registry: registry).ranker())
    figures.rankerSeconds += ProcessFigures.seconds() - start
    figures.rankerTrainings += 1
  }

  func install(_ ranker: (any CandidateRanker)?) { replaceBundle(linear: bundle.linear, ranker: ranker) }

  private func replaceBundle(linear: LinearModel?, ranker: (any CandidateRanker)?) {
    var versions = bundle.versions
    versions.linear = UInt64(figures.linearFits)
    versions.towers = vectors?.towers.map { "\($0.model.version)" }
    bundle = Bundle(
      content: bundle.content, linear: linear, towers: vectors?.towers, index: vectors?.index, ranker: ranker,
      registry: bundle.registry, budgets: bundle.budgets, versions: versions)
  }
}

/// What the run cost, by part.
struct LiveFigures {
  var queries = 0
  var querySeconds = 0.0
  var applied = 0
  var applySeconds = 0.0
  var linearFits = 0
  var linearSeconds = 0.0
  var rankerTrainings = 0
  var rankerSeconds = 0.0
}
