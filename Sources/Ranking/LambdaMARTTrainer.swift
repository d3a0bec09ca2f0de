/// Trains LambdaMART with LightGBM.
///
/// - Note: C. Burges, "From RankNet to LambdaRank to LambdaMART: An Overview", MSR-TR-2010-82, section 7.
public struct LambdaMARTTrainer: Sendable {
  /// What a training reports after each round.
  public struct Progress: Sendable {
    public let round: Int
    public let rounds: Int
    /// NDCG@10 on the validation groups; nil without any.
    public let ndcg: Double?
  }

  public let parameters: LambdaMARTParameters

  public init(parameters: LambdaMARTParameters = LambdaMARTParameters()) { self.parameters = parameters }

  /// - Parameters:
  ///   - train: older groups.
  ///   - validation: newer groups for early stopping; nil trains all `parameters.rounds`.
  ///   - progress: called after each round; false cancels.
  /// - Throws: `RankingError`; `.cancelled` where `progress` said so.
  /// - Complexity: some 0.4 us a row, feature-share column and round on one core.
  public func train(
    _ train: RankingGroups, validation: RankingGroups? = nil, featureNames: [String], schemaHash: UInt64,
    progress: (Progress) -> Bool = { _ in true }
  ) throws(RankingError) -> RankerModel {
    try LightGBM.load()
    guard featureNames.count == train.columns else {
      throw RankingError(.badGroups, "\(featureNames.count) feature names for \(train.columns) columns")
    }
    guard train.groupCount > 0, train.labels.contains(where: { $0 > 0 }) else {
      throw RankingError(.badGroups, "there is no group with a positive label to learn from")
    }
    let data = try LightGBMDataset(train, parameters: parameters.text)
    let booster = try LightGBMBooster(train: data, parameters: parameters.text)
    let best: (round: Int, ndcg: Double?)
    if let validation, validation.groupCount > 0 {
      let check = try LightGBMDataset(validation, parameters: parameters.text, reference: data.handle)
      try booster.addValidation(check)
      best = try run(booster, isValidated: true, progress)
    } else {
      best = try run(booster, isValidated: false, progress)
    }
    return RankerModel(
      text: try booster.text(iterations: best.round), featureNames: featureNames, schemaHash: schemaHash,
      gains: try booster.gains(columns: train.columns), trees: best.round, validationNDCG: best.ndcg,
      trainGroups: train.groupCount, validationGroups: validation?.groupCount ?? 0)
  }

  private func run(
    _ booster: LightGBMBooster, isValidated: Bool, _ progress: (Progress) -> Bool
  ) throws(RankingError) -> (round: Int, ndcg: Double?) {
    var stop = EarlyStopping(patience: parameters.patience, indifference: parameters.indifference)
    for round in 1...max(1, parameters.rounds) {
      let isFinished = try booster.update()
      let ndcg = isValidated ? try booster.validationMetric() : nil
      stop.note(round: round, ndcg: ndcg)
      guard progress(Progress(round: round, rounds: parameters.rounds, ndcg: ndcg)) else {
        throw RankingError(.cancelled, "training was cancelled after \(round) rounds")
      }
      if isFinished || stop.isDue(after: round) { break }
    }
    return stop.chosen
  }
}
