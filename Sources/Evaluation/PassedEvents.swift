import Identity

/// What has happened in the log so far, whether the system has learned it or not: the protocol's own knowledge of who is
/// warm and what may not be shown. Four bytes an event: user records forget what is old, the protocol may not.
struct PassedEvents {
  private var items: [[Int32]]
  /// Items of each user that happened and that the queried record does not hold.
  private var unlearned: [Int: [ItemKey]] = [:]

  init(users: Int) { items = Array(repeating: [], count: users) }

  mutating func pass(user: Int, item: Int, key: ItemKey, isLearned: Bool) {
    items[user].append(Int32(item))
    if !isLearned { unlearned[user, default: []].append(key) }
  }

  /// - Complexity: O(events of the user).
  func hasMet(user: Int, item: Int) -> Bool { items[user].contains(Int32(item)) }
  func isWarm(user: Int) -> Bool { items[user].count >= EvaluationProtocol.warmHistory }

  /// What a query must bar beyond the record's own history.
  func barred(user: Int) -> [ItemKey] { unlearned[user] ?? [] }
}
