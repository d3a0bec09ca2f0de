import Datasets
import Features
import Recommender

/// Test, then train, over the scored part of the log, after learning the part before it.
struct PrequentialRun {
  let system: LiveSystem
  let options: EvaluationOptions
  private(set) var rows: [EvaluationRow] = []
  private(set) var stages = StageFigures()
  private(set) var shown: Set<Int32> = []

  init(_ system: LiveSystem) {
    self.system = system
    options = system.options
  }

  mutating func run() throws {
    let events = system.events
    let start = Int(Double(events.count) * options.slice.lowerBound)
    let end = options.slice.upperBound >= 1 ? events.count : Int(Double(events.count) * options.slice.upperBound)
    try HistoryLearning(system: system).run(upTo: start)
    var bar = ProgressBar(total: end - start, isWanted: options.showsProgress)
    for event in start..<end {
      if let limit = options.limit, rows.count >= limit { break }
      if events.isPositive(event) && !system.hasMet(event) { score(event) }
      system.pass(event, isLearned: !options.isFrozen)
      if !options.isFrozen { try system.refit() }
      bar.show(event - start + 1, "scoring")
    }
    bar.end()
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
        event: event, user: user, item: events.item(event), isWarm: system.passed.isWarm(user: user), ranks: ranks,
        relevant: 1))
    stages.record(system.scratch.table, targets: target.map { [$0] } ?? [])
    if !options.isFrozen { system.propose(event) }
  }
}
