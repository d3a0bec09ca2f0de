import Identity

/// What has happened in the log so far, whether the system has learned it or not: the protocol's own knowledge of who is
/// warm and what may not be shown.
struct PassedEvents {
  private var counts: [Int32]
  private var met: Set<UInt64> = []
  /// Items of each user that happened and that the queried record does not hold.
  private var unlearned: [Int: [ItemKey]] = [:]

  init(users: Int) { counts = Array(repeating: 0, count: users) }

  private func pair(_ user: Int, _ item: Int) -> UInt64 { UInt64(user) << 32 | UInt64(item) }

  mutating func pass(user: Int, item: Int, key: ItemKey, isLearned: Bool) {
    counts[user] += 1
    if met.insert(pair(user, item)).inserted && !isLearned { unlearned[user, default: []].append(key) }
  }

  func hasMet(user: Int, item: Int) -> Bool { met.contains(pair(user, item)) }
  func isWarm(user: Int) -> Bool { counts[user] >= EvaluationProtocol.warmHistory }

  /// What a query must bar beyond the record's own history.
  func barred(user: Int) -> [ItemKey] { unlearned[user] ?? [] }
}
