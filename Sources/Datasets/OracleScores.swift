import Glibc

extension WorldStream {
  /// For the event that came last: ln of the chance with which its user, at its moment and behind the session's last
  /// item, would have taken each item, up to a constant. It is what an all-knowing recommender ranks by; -infinity
  /// before an item's launch. Nil for a bot's event.
  /// - Complexity: O(items).
  public func oracleScores() -> [Float]? {
    guard let context else { return nil }
    let chances = exposure.chances(context.nowMs)
    return chances.indices.map { item in
      guard chances[item] > 0 else { return -.infinity }
      return logf(Float(chances[item])) + utility(context.user, item, last: context.last)
    }
  }
}
