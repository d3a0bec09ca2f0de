/// Learns the part of the log before the scored part, making groups on the way: both protocols begin with it.
struct HistoryLearning {
  /// Groups are made from this share of the history on: what is older no window would still hold.
  static let groupsFrom = 0.3

  let system: LiveSystem

  /// Learns events 0..<`end` and trains the first ranker.
  func run(upTo end: Int) throws {
    let first = Int(Double(end) * Self.groupsFrom)
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
}
