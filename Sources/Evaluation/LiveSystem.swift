import Features
import Identity
import Ranking
import Recommender
import State
import Towers
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
  /// Groups between two trainings of the ranker, as a share of all that have matured.
  static let rankerRetrainShare = 0.1
  /// The evaluation has the machine to itself; results do not depend on it.
  static let trainingThreads = 2

  let events: ReplayedEvents
  let options: EvaluationOptions
  let state = ItemState()
  private var users: [UserRecord]
  /// The records that queries read where the live history is switched off; nil before the scored part, or with it.
  private var heldUsers: [UserRecord]?
  private(set) var passed: PassedEvents
  private var entry = AppliedEntry.reusable()
  private var linearWindow = LinearWindow()
  private var linearFitAt = 0
  /// Nil where the run is without it.
  private let vectors: LiveVectors?
  private var isScoring = false
  private var learnedParts = LearnedParts.all
  private(set) var collector: GroupCollector
  private var groups = GroupWindow()
  /// Groups that have matured so far, and how many of them the ranker in use had seen.
  private var maturedCount = 0
  private var rankerTrainedAt: Int?
  /// Event time of the newest group that it was trained on.
  private var rankerUntilMs: Int64?
  private(set) var bundle: Bundle
  let scratch: RecommendScratch
  private(set) var figures = LiveFigures()

  init(_ events: ReplayedEvents, options: EvaluationOptions) {
    self.events = events
    self.options = options
    users = Array(repeating: UserRecord(), count: events.dataset.userIDs.count)
    if !options.without.contains(.profiles) { events.register(&users) }
    passed = PassedEvents(users: users.count)
    var towers = options.towers
    towers.seed = options.seed
    vectors = options.without.contains(.vectors) ? nil : LiveVectors(users: users.count, settings: towers)
    events.describeCatalogue(state)
    var budgets = options.budgets
    if options.without.contains(.neighbours) {
      for source in SourceBudgets.neighbourSources { budgets[source] = 0 }
    }
    bundle = Bundle(content: ContentTable(state.catalogue), budgets: budgets)
    scratch = RecommendScratch(bundle: bundle)
    var settings = GroupSettings()
    settings.seed = options.seed
    collector = GroupCollector(registry: bundle.registry, settings: settings)
  }

  var groupCount: Int { groups.count }
  var towerSeconds: Double { vectors?.seconds ?? 0 }

  /// The history ends here: what is switched off stops.
  func beginScoring() {
    isScoring = true
    if options.without.contains(.history) { heldUsers = users }
    if options.without.contains(.itemStatistics) { learnedParts.remove(.counts) }
    if options.without.contains(.coVisitation) { learnedParts.remove(.neighbours) }
  }

  /// Asks the pipeline; the answer lies in `scratch`.
  @discardableResult
  func query(user: Int, timeMs: Int64, count: Int = EvaluationProtocol.listLength) -> RecommendOutcome {
    let start = ProcessFigures.seconds()
    var request = RecommendRequest(nowMs: timeMs, count: count)
    request.excluded = passed.barred(user: user)
    let outcome = Recommender.recommend(
      heldUsers?[user] ?? users[user], request, view: view(user), bundle: bundle, state: state, scratch: scratch)
    figures.querySeconds += ProcessFigures.seconds() - start
    figures.queries += 1
    return outcome
  }

  /// What the user's own events have moved the user's vector by; as good as nothing where that step is switched off.
  private func view(_ user: Int) -> UserVectorState? {
    guard let vectors else { return nil }
    guard options.without.contains(.userVector) else { return vectors.view(user) }
    return vectors.towers.map { UserVectorState($0.model) }
  }

  func hasMet(_ event: Int) -> Bool { passed.hasMet(user: events.user(event), item: events.item(event)) }

  /// Score, then apply: the positive that was just asked about becomes a group.
  func propose(_ event: Int) {
    guard let target = state.index(of: events.itemKeys[events.item(event)]) else { return }
    collector.propose(
      scratch, userHash: events.userHashes[events.user(event)], target: target, timeMs: events.timeMs(event))
  }

  /// The event has happened; where `isLearned`, both folds and what follows them learn it.
  func pass(_ event: Int, isLearned: Bool) {
    let user = events.user(event)
    let item = events.item(event)
    passed.pass(
      user: user, item: item, key: events.itemKeys[item], isLearned: isLearned && heldUsers == nil)
    if isLearned { learn(event) }
  }

  /// Learns an event that has passed.
  func learn(_ event: Int) {
    let start = ProcessFigures.seconds()
    let user = events.user(event)
    let hash = events.userHashes[user]
    if heldUsers == nil { vectors?.move(user, users[user], by: events.interaction(event), state) }
    _ = users[user].apply(events.interaction(event), userHash: hash, entry: &entry)
    let item = state.learn(entry, id: events.dataset.items[events.item(event)].id, parts: learnedParts)
    guard let item else { return }
    linearWindow.append(entry, item: item)
    vectors?.learn(entry)
    figures.applySeconds += ProcessFigures.seconds() - start
    figures.applied += 1
    if events.isPositive(event) {
      collector.attribute(userHash: hash, item: item, timeMs: events.timeMs(event))
    }
    collector.mature(nowMs: events.timeMs(event)) {
      groups.append($0)
      maturedCount += 1
    }
  }

  /// Everything that a clock of its own refits, where it says so.
  func refit() throws {
    try refitLinear()
    try refitTowers()
    try retrainRanker()
  }

  /// Refits the linear model where its clock says so.
  func refitLinear(force: Bool = false) throws {
    if options.without.contains(.linear) || (isScoring && options.without.contains(.linearRefit)) { return }
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
    if isScoring && options.without.contains(.itemVectors) { return }
    guard let vectors, try vectors.refit(state.catalogue, force: force) else { return }
    replaceBundle(linear: bundle.linear, ranker: bundle.ranker)
  }

  /// Trains the ranker anew where its clock says so.
  func retrainRanker() throws {
    guard !options.without.contains(.rankerRetraining), let trained = rankerTrainedAt else { return }
    let due = max(Self.minimumGroups, Int(Double(maturedCount) * Self.rankerRetrainShare))
    guard maturedCount - trained >= due else { return }
    try trainRanker()
  }

  /// Trains a ranker on the window's groups and puts it in place where the gate lets it pass; does nothing while there
  /// are too few.
  func trainRanker() throws {
    guard groups.count >= Self.minimumGroups, !options.without.contains(.ranker) else { return }
    let start = ProcessFigures.seconds()
    var recipe = options.recipe
    recipe.seed(options.seed)
    recipe.lambdaMART.threads = Self.trainingThreads
    let champion = bundle.ranker.map { RankerTraining.Champion($0, trainedUntilMs: rankerUntilMs) }
    let outcome = try RankerTraining(registry: bundle.registry, recipe: recipe).run(groups, champion: champion) { _ in
      true
    }
    rankerTrainedAt = maturedCount
    if let trained = outcome.trained {
      replaceBundle(linear: bundle.linear, ranker: try trained.ranker())
      rankerUntilMs = outcome.trainedUntilMs
      figures.rankerTrees.append(trained.lambdaMART.trees)
    }
    figures.rankerSeconds += ProcessFigures.seconds() - start
    figures.rankerTrainings += 1
  }

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
  var rankerTrees: [Int] = []
  var rankerSeconds = 0.0
}
