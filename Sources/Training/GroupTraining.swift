import Drift
import Features
import Ranking
import Recommender

extension GroupWindow {
  /// The window's groups as a training set, oldest first.
  /// - Throws: `RankingError` where a group was made by another registry: it must not train this one's ranker.
  public func trainingSet(registry: FeatureRegistry) throws(RankingError) -> RankingGroups {
    try set(groups, registry)
  }

  /// The same in two parts: the newest `share` of the groups that measure apart from all before them, at least one on each
  /// side. What was shown is liked for its place as well: it trains, with its places, and measures nothing. However many
  /// lists are shown, the gate has as many groups.
  public func trainingSets(
    registry: FeatureRegistry, newest share: Double
  ) throws(RankingError) -> (older: RankingGroups, newer: RankingGroups) {
    let measuring = groups.indices.filter { !groups[$0].wasShown }
    let newer = min(max(1, Int(Double(measuring.count) * share)), max(0, measuring.count - 1))
    let cut = newer == 0 ? groups.endIndex : measuring[measuring.count - newer]
    let newest = groups[cut...].filter { !$0.wasShown }
    return (try set(groups[..<cut], registry), try set(newest[...], registry))
  }

  /// What candidates looked like when they were scored; nil for an empty window.
  /// - Throws: `DriftError` where a feature is not finite.
  public func referenceHistograms(registry: FeatureRegistry) throws(DriftError) -> ReferenceHistograms? {
    var rows: [Float] = []
    var draws = 0
    for group in groups where !group.reference.isEmpty {
      rows.append(contentsOf: group.reference)
      draws += 1
    }
    guard draws > 0 else { return nil }
    let result = rows.withUnsafeBufferPointer { rows -> Result<ReferenceHistograms, DriftError>? in
      rows.baseAddress.map { base in
        Result { () throws(DriftError) in
          try ReferenceHistograms(
            matrix: base, rows: rows.count / registry.count, stride: registry.count, names: registry.names,
            schemaHash: registry.hash, draws: draws)
        }
      }
    }
    return try result?.get()
  }

  private func set(
    _ groups: ArraySlice<TrainingGroup>, _ registry: FeatureRegistry
  ) throws(RankingError) -> RankingGroups {
    let rows = groups.reduce(0) { $0 + $1.labels.count }
    var set = RankingGroups(columns: registry.count, reservingRows: rows)
    for group in groups {
      guard group.registryHash == registry.hash else {
        throw RankingError(
          .schemaMismatch, "group \(group.sequence) was made by another feature registry: empty the window of groups")
      }
      try set.append(rows: group.rows, labels: group.labels, positions: group.positions)
    }
    return set
  }
}

extension LambdaMARTParameters {
  /// What the pipeline's rankers are trained with: a fixed number of rounds, chosen on events 80-90% of MovieLens-100K.
  public static var pipeline: LambdaMARTParameters {
    var parameters = LambdaMARTParameters()
    parameters.rounds = 120
    parameters.minimumRowsInLeaf = 400
    parameters.featureShare = 0.8
    return parameters
  }
}
