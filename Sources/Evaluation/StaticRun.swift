import Datasets
import Features
import Recommender
import State

/// One list for each user with something to find in the scored part, asked for at the history's end.
struct StaticRun {
  let system: LiveSystem
  private(set) var rows: [EvaluationRow] = []
  private(set) var stages = StageFigures()
  private(set) var shown: Set<Int32> = []

  init(_ system: LiveSystem) { self.system = system }

  mutating func run() throws {
    let events = system.events
    let options = system.options
    let start = Int(Double(events.count) * options.slice.lowerBound)
    let end = options.slice.upperBound >= 1 ? events.count : Int(Double(events.count) * options.slice.upperBound)
    guard start > 0 else { return }
    try HistoryLearning(system: system).run(upTo: start)
    let relevant = relevantItems(start..<end)
    var bar = ProgressBar(total: relevant.count, isWanted: options.showsProgress)
    for (place, user) in relevant.keys.sorted().prefix(options.limit ?? .max).enumerated() {
      score(user, relevant: relevant[user] ?? [], timeMs: events.timeMs(start - 1))
      bar.show(place + 1, "scoring")
    }
    bar.end()
  }

  /// The positives of each user that the user had not met before.
  private func relevantItems(_ range: Range<Int>) -> [Int: Set<ItemIndex>] {
    let events = system.events
    var relevant: [Int: Set<ItemIndex>] = [:]
    for event in range where events.isPositive(event) && !system.hasMet(event) {
      guard let item = system.state.index(of: events.itemKeys[events.item(event)]) else { continue }
      relevant[events.user(event), default: []].insert(item)
    }
    return relevant
  }

  private mutating func score(_ user: Int, relevant: Set<ItemIndex>, timeMs: Int64) {
    let outcome = system.query(user: user, timeMs: timeMs)
    let list = UnsafeBufferPointer(start: system.scratch.list, count: outcome.listCount)
    for place in list.prefix(10) { shown.insert(place.item) }
    let ranks = list.indices.filter { relevant.contains(list[$0].item) }
    rows.append(
      EvaluationRow(
        event: user, user: user, item: -1, isWarm: system.passed.isWarm(user: user), ranks: ranks,
        relevant: relevant.count))
    stages.record(system.scratch.table, targets: relevant)
  }
}
