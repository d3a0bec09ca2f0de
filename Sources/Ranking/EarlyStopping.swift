/// Which round of a boosting is kept: the last that is not clearly worse than the best on the validation groups. A value;
/// equal measures give equal choices.
struct EarlyStopping {
  private let patience: Int
  private let indifference: Double
  private var best: Double?
  /// The round that is kept so far, and its measure; round 0 before the first.
  private(set) var chosen: (round: Int, ndcg: Double?) = (0, nil)

  init(patience: Int, indifference: Double) {
    self.patience = patience
    self.indifference = indifference
  }

  /// - Parameter ndcg: nil where nothing is validated: then the last round is kept.
  mutating func note(round: Int, ndcg: Double?) {
    guard let ndcg else {
      chosen = (round, nil)
      return
    }
    best = max(best ?? ndcg, ndcg)
    if ndcg >= (best ?? ndcg) - indifference { chosen = (round, ndcg) }
  }

  func isDue(after round: Int) -> Bool { round - chosen.round >= patience }
}
