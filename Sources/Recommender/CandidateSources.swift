import Features
import State

/// Asks every source for its best items and unites them in the scratch's table; then fills the sources' own columns.
struct CandidateSources {
  let bundle: Bundle
  let state: ItemState
  let request: RecommendRequest
  let scratch: RecommendScratch

  /// Which sum of which scorer stands behind a source or a plain score.
  private static let linearColumns: [(ScoreColumn, LinearScores.Sum)] = [
    (.easePositive, .positive), (.easePositiveRecent, .positiveRecent), (.easeAllRecent, .allRecent),
    (.easeAll, .all), (.easeSigned, .allSigned), (.easeNearest, .nearest),
  ]
  private static let coVisitationColumns: [(ScoreColumn, CoVisitationScores.Sum)] = [
    (.coAll, .all), (.coLiked, .liked), (.coAgreeing, .agreeing), (.coSession, .session), (.coMinute, .minute),
    (.coLast3, .last3), (.coLast1, .last1), (.coStrongest, .strongest), (.coHistoryItems, .historyItems),
    (.coUnliked, .unliked), (.coFromUnliked, .fromUnliked),
  ]

  func collect(_ user: UserSummary) {
    if !user.isNew {
      scratch.linear.fill(bundle.linear, scratch.history)
      scratch.coVisitation.fill(scratch.history, state, isRead: bundle.budgets.readsNeighbours)
      scratch.coVisitation.normalise(state)
      for (column, sum) in Self.coVisitationColumns where column.rawValue < ScoreColumn.sourceCount {
        selectNeighbours(column, sum)
      }
      for (column, sum) in Self.linearColumns where column.rawValue < ScoreColumn.sourceCount {
        selectLinear(column, sum)
      }
    }
    selectVectors()
    selectCold(isNew: user.isNew)
    selectPopular(.popular500, .events(1))
    selectPopular(.popular2000, .events(2))
    selectPopular(.popular8000, .events(3))
    selectPopular(.stagePopular, .stage(user.stage))
    selectPopular(.sessionPopular, .session(user.sessionBucket))
    fillColumns(isNew: user.isNew)
  }

  private func mayShow(_ item: ItemIndex) -> Bool {
    !scratch.marks.isBarred(item) && bundle.content.mayShow(item) && (request.isAllowed?(item) ?? true)
  }

  private func unite(_ item: ItemIndex, _ source: ScoreColumn) { unite(item, origin: source.rawValue) }

  private func unite(_ item: ItemIndex, origin: Int) {
    let bit = UInt32(1) << UInt32(origin)
    let place = scratch.marks.place(item)
    if place >= 0 {
      scratch.table.sourceBits[place] |= bit
    } else if scratch.table.append(item, sources: bit) {
      scratch.marks.setPlace(item, scratch.table.count - 1)
    }
  }

  private func uniteSelected(_ source: ScoreColumn) {
    for place in 0..<scratch.selector.count { unite(scratch.selector.item(place), source) }
  }

  private func selectNeighbours(_ source: ScoreColumn, _ sum: CoVisitationScores.Sum) {
    let selector = scratch.selector
    selector.begin(limit: bundle.budgets[source])
    for slot in 0..<scratch.coVisitation.count {
      let score = scratch.coVisitation.value(slot, sum)
      guard score > 0, score > selector.threshold else { continue }
      let item = scratch.coVisitation.items[slot]
      if mayShow(item) { selector.offer(item, score) }
    }
    uniteSelected(source)
  }

  private func selectLinear(_ source: ScoreColumn, _ sum: LinearScores.Sum) {
    guard let model = bundle.linear else { return }
    let selector = scratch.selector
    let scores = scratch.linear.sum(sum)
    selector.begin(limit: bundle.budgets[source])
    for place in 0..<scratch.linear.count where scores[place] > selector.threshold {
      if mayShow(model.items[place]) { selector.offer(model.items[place], scores[place]) }
    }
    uniteSelected(source)
  }

  private func selectPopular(_ source: ScoreColumn, _ table: PopularityTable) {
    let found = state.mostPopular(table, into: scratch.tops)
    var taken = 0
    for place in 0..<found where taken < bundle.budgets[source] {
      let item = scratch.tops[place]
      guard mayShow(item) else { continue }
      unite(item, source)
      taken += 1
    }
  }

  /// The cold items that fit the user best by their content: by vectors where the user has one, else by the genres of the
  /// recent history. Without either, nothing speaks for one of them.
  /// - Complexity: O(`ColdList.capacity`), whatever the catalogue.
  private func selectCold(isNew: Bool) {
    let budget = bundle.budgets.cold
    guard budget > 0 else { return }
    let found = state.coldItems(into: scratch.cold)
    let items = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(scratch.cold)[..<found])
    let scores = scratch.coldScores
    if let towers = bundle.towers, scratch.vectors.hasUser {
      scratch.vectors.score(items, towers, into: scores)
    } else if !isNew {
      for place in 0..<found { scores[place] = scratch.table.recentGenreAffinity(items[place]) }
    } else {
      return
    }
    scratch.selector.begin(limit: budget)
    for place in 0..<found where scores[place] > 0 && scores[place] > scratch.selector.threshold {
      if mayShow(items[place]) { scratch.selector.offer(items[place], scores[place]) }
    }
    for place in 0..<scratch.selector.count { unite(scratch.selector.item(place), origin: CandidateOrigin.cold) }
  }

  /// Every candidate gets every source's score, whoever brought it in.
  private func fillColumns(isNew: Bool) {
    let table = scratch.table
    let count = table.count
    let found = scratch.found
    for place in 0..<count {
      let own = isNew ? nil : bundle.linear?.place(table.items[place])
      found[place] = Int32(own ?? -1)
    }
    for (column, sum) in Self.linearColumns {
      let out = table.scores(column)
      let scores = scratch.linear.sum(sum)
      for place in 0..<count { out[place] = found[place] < 0 ? 0 : scores[Int(found[place])] }
    }
    let coVisitation = scratch.coVisitation
    for place in 0..<count { found[place] = Int32(isNew ? -1 : coVisitation.slot(table.items[place]) ?? -1) }
    for (column, sum) in Self.coVisitationColumns {
      let out = table.scores(column)
      for place in 0..<count { out[place] = found[place] < 0 ? 0 : coVisitation.value(Int(found[place]), sum) }
    }
    scratch.vectors.fillScores(bundle.towers, table)
  }

  /// The nearest items of the user's vector, by the index.
  private func selectVectors() {
    guard scratch.vectors.hasUser, let index = bundle.index else { return }
    let budget = bundle.budgets[.userVector]
    let found = scratch.marks.withBarred { barred in
      scratch.vectors.search(index, count: budget + Self.vectorSlack, barred: barred)
    }
    var taken = 0
    for place in 0..<found where taken < budget {
      // The index may be older than the catalogue, and newer than the marks.
      guard let item = ItemIndex(exactly: scratch.vectors.labels[place]), mayShow(item) else { continue }
      unite(item, .userVector)
      taken += 1
    }
  }

  /// Hits beyond the budget that are asked for, in place of those that may not be shown.
  private static let vectorSlack = 64
}
