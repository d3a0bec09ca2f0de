import Numerics
import State

/// The popularities and the column of each: what the rows hold decayed to different moments.
struct PopularityColumn {
  let column: ScoreColumn
  let kind: Kind

  enum Kind {
    /// Index into `Popularity.eventHalfLives`.
    case events(Int)
    case allEvents
    /// Index into `Popularity.dayHalfLives`.
    case days(Int)
    case stage
    case session
  }

  static let all: [PopularityColumn] = [
    .init(column: .popular100, kind: .events(0)), .init(column: .popular500, kind: .events(1)),
    .init(column: .popular2000, kind: .events(2)), .init(column: .popular8000, kind: .events(3)),
    .init(column: .popular30000, kind: .events(4)), .init(column: .allEvents1000, kind: .allEvents),
    .init(column: .popularDay, kind: .days(0)), .init(column: .popularWeek, kind: .days(1)),
    .init(column: .popularTwoMonths, kind: .days(2)), .init(column: .stagePopular, kind: .stage),
    .init(column: .sessionPopular, kind: .session),
  ]
}

extension CandidateTable {
  /// ln(1 + decayed count) at each half-life, and the columns of `ItemColumn`. Column by column: what `ItemRow` computes
  /// for one item, with the same operations.
  func fillCounters() {
    for (place, popularity) in PopularityColumn.all.enumerated() {
      let values = scores(popularity.column)
      let exponents = exponents(place)
      gather(popularity.kind, values, exponents)
      Columns.exp2(exponents, count)
      for candidate in 0..<count { values[candidate] *= exponents[candidate] }
    }
    fillItemColumns(inStage: scores(.stagePopular))
    let allTime = scores(.popularAllTime)
    for place in 0..<count { allTime[place] = Float(rows[place].positiveCount) }
    for popularity in PopularityColumn.all { Columns.log1p(scores(popularity.column), count) }
    Columns.log1p(allTime, count)
  }

  /// Counts as stored, and what 2 is raised to for their decay since.
  private func gather(
    _ kind: PopularityColumn.Kind, _ values: UnsafeMutablePointer<Float>, _ exponents: UnsafeMutablePointer<Float>
  ) {
    switch kind {
    case .events(let slot):
      for place in 0..<count { values[place] = rows[place].positiveByEvents[slot] }
      decay(exponents, halfLife: Popularity.eventHalfLives[slot])
    case .allEvents:
      for place in 0..<count { values[place] = rows[place].allByEvents }
      decay(exponents, halfLife: Popularity.allEventsHalfLife)
    case .days(let slot):
      let halfLife = Popularity.dayHalfLives[slot]
      for place in 0..<count {
        values[place] = rows[place].positiveByDays[slot]
        exponents[place] = -(Float(max(0, user.nowMs &- rows[place].decayMs)) / 86_400_000) / halfLife
      }
    case .stage:
      let clock = globals.stageClock[user.stage]
      for place in 0..<count {
        let counted = rows[place].stages[user.stage]
        values[place] = counted.value
        exponents[place] = -Float(clock &- counted.clock) / Popularity.stageHalfLife
      }
    case .session:
      let clock = globals.sessionClock[user.sessionBucket]
      for place in 0..<count {
        let counted = rows[place].sessions[user.sessionBucket]
        values[place] = counted.value
        exponents[place] = -Float(clock &- counted.clock) / Popularity.sessionHalfLife
      }
    }
  }

  private func decay(_ exponents: UnsafeMutablePointer<Float>, halfLife: Float) {
    let events = globals.events
    for place in 0..<count { exponents[place] = -Float(events &- rows[place].lastEvent) / halfLife }
  }

  /// Cosine of the item's genres and those of the user's history, weighted by 0.9^a: the column `genre_recent` of an item
  /// that need not be a candidate.
  public func recentGenreAffinity(_ item: ItemIndex) -> Float {
    var sum: Float = 0
    for position in content.genres(item) { sum += genres.recent[Int(content.genreCodes[position])] }
    return sum * content.genreWeight(item)
  }

  /// Affinities between the user's genre tables and each candidate's genres; all 0 for a new user.
  func fillGenres() {
    let positive = scores(.genrePositive)
    let recent = scores(.genreRecent)
    let signed = scores(.genreSigned)
    let last3 = scores(.genreLast3)
    let likeRate = scores(.genreLikeRate)
    for place in 0..<count {
      var sums = (positive: Float(0), recent: Float(0), signed: Float(0), last3: Float(0), rate: Float(0))
      let range = user.isNew ? 0..<0 : content.genres(items[place])
      for position in range {
        let genre = Int(content.genreCodes[position])
        sums.positive += genres.positive[genre]
        sums.recent += genres.recent[genre]
        sums.signed += genres.signed[genre]
        sums.last3 += genres.last3[genre]
        sums.rate += (genres.likes[genre] + 3 * user.likeRate) / (genres.events[genre] + 3)
      }
      let length = content.genreWeight(items[place])
      positive[place] = sums.positive * length
      recent[place] = sums.recent * length
      signed[place] = sums.signed * length
      last3[place] = sums.last3 * length
      likeRate[place] = sums.rate / Float(max(1, range.count))
    }
  }
}
