import Glibc

/// Whether a newly trained ranker may take over, and why.
public struct PromotionDecision: Sendable, Equatable {
  public let isPromoted: Bool
  /// Mean NDCG@10 of each on the same groups.
  public let challenger: Double
  public let champion: Double?
  /// Bounds of the 90 % interval of the mean difference; nil without a champion.
  public let interval: ClosedRange<Double>?
  public let reason: String
}

/// Compares two rankers group by group on the newest groups, which neither was trained on.
public struct PromotionGate: Sendable {
  /// Fewer groups decide nothing: the champion stays.
  public var minimumGroups = 50
  /// A challenger may be this much worse and still be taken: it knows newer events, which these groups cannot show.
  public var tolerance = 0.002

  public init() {}

  /// - Parameters:
  ///   - challenger: NDCG@10 of each group under the new ranker; `champion` under the present one, nil without one.
  public func decide(challenger: [Double], champion: [Double]?) -> PromotionDecision {
    let mean = challenger.isEmpty ? 0 : challenger.reduce(0, +) / Double(challenger.count)
    guard let champion else {
      return PromotionDecision(
        isPromoted: true, challenger: mean, champion: nil, interval: nil, reason: "there is no ranker yet")
    }
    let before = champion.isEmpty ? 0 : champion.reduce(0, +) / Double(champion.count)
    guard challenger.count == champion.count, challenger.count >= minimumGroups else {
      return PromotionDecision(
        isPromoted: false, challenger: mean, champion: before, interval: nil,
        reason: "\(challenger.count) groups to compare on, fewer than \(minimumGroups)")
    }
    let differences = zip(challenger, champion).map { $0 - $1 }
    let difference = mean - before
    let variance =
      differences.reduce(0) { $0 + ($1 - difference) * ($1 - difference) } / Double(max(1, differences.count - 1))
    // 1.645: the two-sided 90 % quantile of the normal distribution.
    let reach = 1.645 * (variance / Double(differences.count)).squareRoot()
    let isPromoted = difference >= -tolerance
    return PromotionDecision(
      isPromoted: isPromoted, challenger: mean, champion: before, interval: difference - reach...difference + reach,
      reason: isPromoted ? "not worse than the present one" : "worse than the present one by more than \(tolerance)")
  }
}
