import Glibc

/// The measures of one ranked list. Ranks count from 0; "k" is how many places are looked at.
public enum RankingMetrics {
  /// What a hit at `rank` is worth: 1 / log2(2 + rank).
  public static func discount(_ rank: Int) -> Double { 1 / log2(2 + Double(rank)) }

  /// NDCG@k of a list with the relevant items at `ranks`, of `relevant` relevant ones in all. In 0...1.
  public static func ndcg(ranks: [Int], relevant: Int, k: Int) -> Double {
    guard relevant > 0, k > 0 else { return 0 }
    let gained = ranks.reduce(0.0) { $1 < k ? $0 + discount($1) : $0 }
    let ideal = (0..<min(relevant, k)).reduce(0.0) { $0 + discount($1) }
    return gained / ideal
  }

  /// 1 where any relevant item is among the first k.
  public static func hitRate(ranks: [Int], k: Int) -> Double { ranks.contains { $0 < k } ? 1 : 0 }

  /// 1 / (1 + rank of the first relevant item) where that rank is below k.
  public static func reciprocalRank(ranks: [Int], k: Int) -> Double {
    guard let first = ranks.min(), first < k else { return 0 }
    return 1 / Double(first + 1)
  }

  /// Share of the relevant items among the first k.
  public static func recall(ranks: [Int], relevant: Int, k: Int) -> Double {
    relevant > 0 ? Double(ranks.count { $0 < k }) / Double(relevant) : 0
  }
}
