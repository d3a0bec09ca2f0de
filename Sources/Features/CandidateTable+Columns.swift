import Glibc
import State

extension CandidateTable {
  /// ln(1 + decayed count) at each half-life.
  func fillPopularity() {
    let events = globals.events
    let byEvents: [(ScoreColumn, Int)] = [
      (.popular100, 0), (.popular500, 1), (.popular2000, 2), (.popular8000, 3), (.popular30000, 4),
    ]
    for (column, halfLife) in byEvents {
      let scores = scores(column)
      for place in 0..<count { scores[place] = log1pf(rows[place].positives(byEvents: halfLife, at: events)) }
    }
    for (column, halfLife) in [(ScoreColumn.popularDay, 0), (.popularWeek, 1), (.popularTwoMonths, 2)] {
      let scores = scores(column)
      for place in 0..<count { scores[place] = log1pf(rows[place].positives(byDays: halfLife, at: user.nowMs)) }
    }
    let stageClock = globals.stageClock[user.stage]
    let sessionClock = globals.sessionClock[user.sessionBucket]
    let stage = scores(.stagePopular)
    let session = scores(.sessionPopular)
    let allTime = scores(.popularAllTime)
    let all = scores(.allEvents1000)
    for place in 0..<count {
      let inStage = rows[place].stages[user.stage].value(at: stageClock, halfLife: Popularity.stageHalfLife)
      let inSession = rows[place].sessions[user.sessionBucket]
      stage[place] = log1pf(inStage)
      session[place] = log1pf(inSession.value(at: sessionClock, halfLife: Popularity.sessionHalfLife))
      allTime[place] = log1pf(Float(rows[place].positiveCount))
      all[place] = log1pf(rows[place].allEvents(at: events))
    }
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
