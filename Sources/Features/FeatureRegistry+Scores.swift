extension FeatureRegistry {
  /// Scores of the collaborative sources. Notation: j runs over the user's last items, a is j's age (0 the newest), n the
  /// number of an item's events.
  static let sourceScores: [Feature] = [
    .score(.easePositive, .collaborative, "EASE fitted on positives: sum of B[j, item] over all liked j."),
    .score(
      .easePositiveRecent, .collaborative, "EASE fitted on positives: sum over liked j, weighted by 0.9^(age in likes)."
    ),
    .score(.easeAllRecent, .collaborative, "EASE fitted on all events: sum over j, weighted by 0.9^a."),
    .score(
      .coAll, .collaborative,
      "Co-visitation: sum over the last 20 j of 0.8^a / sqrt(n_j + 1) * weight, divided by sqrt(n + 10)."),
    .score(
      .coLiked, .collaborative, "As co_all, counting only liked neighbours; half where the two users disagree on j."),
    .score(.coAgreeing, .collaborative, "As co_all, liked neighbours whose users agree on j; age counted in likes."),
    .score(.coSession, .collaborative, "As co_all with 0.9^a, neighbours met within half an hour."),
    .score(.coMinute, .collaborative, "As co_all with 0.9^a, liked neighbours met within a minute."),
    .score(.coLast3, .collaborative, "Sum of co-visitation weights of the last three j, divided by sqrt(n + 10)."),
    .score(
      .userVector, .collaborative,
      "Two towers: exp(s * (u.v - 1)), u and v being the user's and the item's vector of length 1, s learned."),
  ]

  static let plainScores: [Feature] = [
    .score(.easeAll, .collaborative, "EASE fitted on all events: plain sum over j."),
    .score(
      .easeSigned, .collaborative, "EASE fitted on all events: sum weighted by grade minus the item's mean grade."),
    .score(
      .easeNearest, .collaborative, "EASE fitted on all events: largest B[j, item] over the last ten j, at least 0."),
    .score(.coLast1, .collaborative, "As co_last3, the last item only."),
    .score(.coStrongest, .collaborative, "Largest single term of co_all."),
    .score(.coHistoryItems, .collaborative, "Number of j among the last 20 that have the item as neighbour."),
    .score(.coUnliked, .collaborative, "As co_all, neighbours that were not liked."),
    .score(.coFromUnliked, .collaborative, "As co_all, liked neighbours of j that neither user liked."),
  ]

  static let popularity: [Feature] = [
    .score(.popular100, .item, "ln(1 + positive events, half-life 100 events)."),
    .score(.popular500, .item, "ln(1 + positive events, half-life 500 events)."),
    .score(.popular2000, .item, "ln(1 + positive events, half-life 2,000 events)."),
    .score(.popular8000, .item, "ln(1 + positive events, half-life 8,000 events)."),
    .score(.popular30000, .item, "ln(1 + positive events, half-life 30,000 events)."),
    .score(.popularAllTime, .item, "ln(1 + positive events)."),
    .score(.allEvents1000, .item, "ln(1 + events of any kind, half-life 1,000 events)."),
    .score(.popularDay, .item, "ln(1 + positive events, half-life one day)."),
    .score(.popularWeek, .item, "ln(1 + positive events, half-life seven days)."),
    .score(.popularTwoMonths, .item, "ln(1 + positive events, half-life sixty days)."),
    .score(
      .stagePopular, .session,
      "ln(1 + positive events of users at the same number of events, half-life 1,500 events of that stage)."),
    .score(
      .sessionPopular, .session,
      "ln(1 + positive events at the same place in sessions, half-life 2,000 events of that place)."),
  ]

  /// Rank of the candidate by each source, from 0; ties go to the more popular item.
  static let ranks: [Feature] = ScoreColumn.sources.map { source in
    Feature(
      "rank_" + source.name, .fusion, "Rank by \(source.name) among the candidates, from 0.",
      column: .stored { $0.ranks(source) })
  }

  /// Score of the candidate by each source, relative to the list's best.
  static let ratios: [Feature] = ScoreColumn.sources.map { source in
    .computed("ratio_" + source.name, .fusion, "\(source.name) divided by the best candidate's.") { table, out in
      let scores = table.scores(source)
      let scale = 1 / (table.best(source) + 1e-9)
      for candidate in 0..<table.count { out[candidate] = scores[candidate] * scale }
    }
  }

  static let fusion: [Feature] = [
    .computed("sources_top20", .fusion, "Number of sources that rank the candidate below 20.") { table, out in
      out.update(repeating: 0, count: table.count)
      for source in 0..<ScoreColumn.sourceCount {
        let ranks = table.ranks(at: source)
        for candidate in 0..<table.count { out[candidate] += ranks[candidate] < 20 ? 1 : 0 }
      }
    },
    .computed("rank_best", .fusion, "Best rank by any source.") { table, out in
      out.update(repeating: .infinity, count: table.count)
      for source in 0..<ScoreColumn.sourceCount {
        let ranks = table.ranks(at: source)
        for candidate in 0..<table.count where ranks[candidate] < out[candidate] { out[candidate] = ranks[candidate] }
      }
    },
    .computed("rank_fusion", .fusion, "Sum over sources of 1 / (8 + rank): reciprocal-rank fusion.") { table, out in
      out.update(repeating: 0, count: table.count)
      for source in 0..<ScoreColumn.sourceCount {
        let ranks = table.ranks(at: source)
        for candidate in 0..<table.count { out[candidate] += 1 / (8 + ranks[candidate]) }
      }
    },
  ]
}

extension CandidateTable {
  /// Reciprocal-rank fusion of all sources; also the order that is served while there is no ranker.
  public func rankFusion(_ candidate: Int) -> Float {
    var sum: Float = 0
    for source in 0..<ScoreColumn.sourceCount { sum += 1 / (8 + ranks(at: source)[candidate]) }
    return sum
  }
}
