/// Learns the part of the log before the scored part, making groups on the way: both protocols begin with it.
struct HistoryLearning {
  /// Groups are made from this share of the history on, and of no more than its newest positives: what is older the
  /// window of groups would not hold any more.
  static let groupsFrom = 0.3
  static let groupPositives = 24_000

  let system: LiveSystem

  /// Learns events 0..<`end` and trains the first ranker.
  func run(upTo end: Int) throws {
    let first = firstProposed(end)
    var bar = ProgressBar(total: end, isWanted: system.options.showsProgress)
    for event in 0..<end {
      if event == first {
        try system.refitLinear(force: true)
        try system.refitTowers(force: true)
      }
      if event >= first && system.events.isPositive(event) && !system.hasMet(event) {
        system.query(user: system.events.user(event), timeMs: system.events.timeMs(event), count: 0)
        system.propose(event)
      }
      system.pass(event, isLearned: true)
      if event >= first {
        try system.refitLinear()
        try system.refitTowers()
      }
      bar.show(event + 1, "history")
    }
    bar.end()
    try system.refitLinear(force: true)
    try system.refitTowers(force: true)
    try system.trainRanker()
    system.beginScoring()
  }

  private func firstProposed(_ end: Int) -> Int {
    let earliest = Int(Double(end) * Self.groupsFrom)
    var event = end
    var positives = 0
    while event > earliest && positives < Self.groupPositives {
      event -= 1
      if system.events.isPositive(event) { positives += 1 }
    }
    return event
  }
}
