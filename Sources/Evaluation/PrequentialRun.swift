import Datasets
import Features
import Recommender

/// Test, then train, over the scored part of the log, after learning the part before it.
struct PrequentialRun {
  /// Groups are made from this share of the history on: what is older no window would still hold.
  static let groupsFrom = 1.0 / 3

  let system: LiveSystem
  let options: EvaluationOptions
  private(set) var rows: [EvaluationRow] = []
  private(set) var stages = StageFigures()
  private(set) var shown: Set<Int32> = []

  init(_ system: LiveSystem) {
    self.system = system
    options = system.options
  }

  mutating func run(train: (LiveSystem) throws -> Void) throws {
    let events = system.events
    let start = Int(Double(events.count) * options.slice.lowerBound)
    let end = options.slice.upperBound >= 1 ? events.count : Int(Double(events.count) * options.slice.upperBound)
    try learnHistory(upTo: start)
    try train(system)
    var bar = ProgressBar(total: end - start, isWanted: options.showsProgress)
    for event in start..<end {
      if let limit = options.limit, rows.count >= limit { break }
      if isScored(event) { score(event) }
      if !options.isFrozen {
        system.apply(event)
        try system.refitLinear()
        try system.refitTowers()
      }
      bar.show(event - start + 1, "scoring")
    }
    bar.end()
  }

  private func isScored(_ event: Int) -> Bool {
    let events = system.events
    return events.isPositive(event) && !system.hasSeen(user: events.user(event), item: events.item(event))
  }

  private func learnHistory(upTo end: Int) throws {
    let first = Int(Double(end) * Self.groupsFrom)
    var bar = ProgressBar(total: end, isWanted: options.showsProgress)
    for event in 0..<end {
      if event == first {
        try system.refitLinear(force: true)
        try system.refitTowers(force: true)
      }
      if event >= first {
        if isScored(event) {
          _ = system.query(user: system.events.user(event), timeMs: system.events.timeMs(event), count: 0)
          system.propose(event)
        }
      }
      system.apply(event)
      if event >= first {
        try system.refitLinear()
        try system.refitTowers()
      }
      bar.show(event + 1, "history")
    }
    bar.end()
    try system.refitLinear(force: true)
    try system.refitTowers(force: true)
  }

  private mutating func score(_ event: Int) {
    let events = system.events
    let user = events.user(event)
    let outcome = system.query(user: user, timeMs: events.timeMs(event))
    let list = UnsafeBufferPointer(start: system.scratch.list, count: outcome.listCount)
    let target = system.state.index(of: events.itemKeys[events.item(event)])
    for place in list.prefix(10) { shown.insert(place.item) }
    let ranks = list.indices.filter { list[$0].item == target }
    rows.append(
      EvaluationRow(
        event: event, user: user, item: events.item(event),
        isWarm: system.users[user].eventCount >= UInt64(EvaluationProtocol.warmHistory), ranks: ranks, relevant: 1))
    let table = system.scratch.table
    stages.record(table, target: (0..<table.count).first { table.items[$0] == target })
    if !options.isFrozen { system.propose(event) }
  }
}
