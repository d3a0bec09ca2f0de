import Datasets
import State

/// How the system learns while the world drifts.
public enum DriftMode: String, Sendable, CaseIterable {
  /// From every event, at once: production.
  case live
  /// Nothing for an hour, then everything that happened in it.
  case hourly
  /// Nothing after the first part.
  case frozen
}

/// The drifting world, with what its oracle makes of each event.
struct DriftScenario {
  /// Size of the world where `--limit` names no number of events.
  static let standardEvents = 60_000
  private static let eventsPerUser = 30
  private static let items = 1_500
  /// Share of the events that is learned before the first is scored.
  static let historyShare = 0.3

  let world: DriftingWorld
  let events: ReplayedEvents
  /// NDCG@10 of the oracle's list at each event; nil where the event is not scored.
  let oracle: [Double?]
  var firstScored: Int { Int(Double(events.count) * Self.historyShare) }

  init(seed: UInt64, events count: Int, showsProgress: Bool) {
    world = DriftingWorld(seed: seed, users: max(20, count / Self.eventsPerUser), items: Self.items, events: count)
    events = ReplayedEvents(world.dataset())
    var oracle: [Double?] = []
    var passed = PassedEvents(users: events.dataset.userIDs.count)
    var stream = world.makeIterator()
    var bar = ProgressBar(total: count, isWanted: showsProgress)
    let first = Int(Double(count) * Self.historyShare)
    while let element = stream.next() {
      guard case .event(let happened) = element else { continue }
      let event = oracle.count
      let user = events.user(event)
      let item = events.item(event)
      let isScored =
        event >= first && !happened.isBot && events.isPositive(event) && !passed.hasMet(user: user, item: item)
      oracle.append(isScored ? Self.ndcg(stream, user: user, item: item, passed) : nil)
      passed.pass(user: user, item: item, key: events.itemKeys[item], isLearned: true)
      bar.show(event + 1, "oracle")
    }
    bar.end()
    self.oracle = oracle
  }

  private static func ndcg(_ stream: WorldStream, user: Int, item: Int, _ passed: PassedEvents) -> Double {
    guard let scores = stream.oracleScores() else { return 0 }
    let own = scores[item]
    var rank = 0
    for (other, score) in scores.enumerated() where score > own && !passed.hasMet(user: user, item: other) {
      rank += 1
    }
    return RankingMetrics.ndcg(ranks: [rank], relevant: 1, k: 10)
  }
}

/// One pass over the scenario in one mode.
struct DriftRun {
  private static let hourMs: Int64 = 3_600_000

  let scenario: DriftScenario
  let system: LiveSystem
  let mode: DriftMode
  /// NDCG@10 at each scored event, in their order.
  private(set) var ndcg: [Double] = []
  private var waiting: [Int] = []

  init(_ scenario: DriftScenario, mode: DriftMode, options: EvaluationOptions) {
    self.scenario = scenario
    self.mode = mode
    system = LiveSystem(scenario.events, options: options)
  }

  mutating func run() throws {
    let events = scenario.events
    try HistoryLearning(system: system).run(upTo: scenario.firstScored)
    var bar = ProgressBar(total: events.count - scenario.firstScored, isWanted: system.options.showsProgress)
    for event in scenario.firstScored..<events.count {
      try learnHour(before: event)
      if scenario.oracle[event] != nil { score(event) }
      system.pass(event, isLearned: mode == .live)
      if mode == .live { try system.refit() }
      if mode == .hourly { waiting.append(event) }
      bar.show(event - scenario.firstScored + 1, mode.rawValue)
    }
    bar.end()
  }

  /// The hour is over: everything that waits is learned, and the models are refitted where their clocks say so.
  private mutating func learnHour(before event: Int) throws {
    guard let first = waiting.first else { return }
    let events = scenario.events
    guard events.timeMs(event) / Self.hourMs != events.timeMs(first) / Self.hourMs else { return }
    for past in waiting { system.learn(past) }
    waiting.removeAll(keepingCapacity: true)
    try system.refit()
  }

  private mutating func score(_ event: Int) {
    let events = scenario.events
    let outcome = system.query(user: events.user(event), timeMs: events.timeMs(event))
    let target = system.state.index(of: events.itemKeys[events.item(event)])
    let ranks = (0..<outcome.listCount).filter { system.scratch.list[$0].item == target }
    ndcg.append(RankingMetrics.ndcg(ranks: ranks, relevant: 1, k: 10))
    if mode != .frozen { system.propose(event) }
  }
}
