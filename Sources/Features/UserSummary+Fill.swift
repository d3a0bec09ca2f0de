import Glibc
import State

extension UserSummary {
  /// The summary of `record` at `nowMs`. Reads the history's newest part from `history`.
  public init(
    _ record: borrowing UserRecord, nowMs: Int64, history: HistoryView, content: ContentTable, globals: ItemGlobals
  ) {
    self.init()
    self.nowMs = nowMs
    let session = record.sessionLength(at: nowMs)
    stage = Popularity.stageBucket(UInt32(clamping: record.eventCount))
    sessionBucket = Popularity.sessionBucket(UInt32(clamping: session))
    guard record.eventCount > 0, history.count > 0 else { return }
    eventCount = Float(record.eventCount)
    positiveCount = Float(record.positiveCount)
    meanGrade = record.meanGrade ?? 0
    likeRate = (positiveCount + 1) / (eventCount + 2)
    logGap = Self.logSeconds(from: history.entries[0].timeMs, to: nowMs)
    sessionLength = Float(session)
    let oldest = min(session, history.count) - 1
    logSessionAge = oldest >= 0 ? Self.logSeconds(from: history.entries[oldest].timeMs, to: nowMs) : -1
    countRecent(history)
    averageItems(history, globals)
    averageYears(history, content)
  }

  /// ln(1 + seconds), 0 where `later` is not later.
  static func logSeconds(from earlier: Int64, to later: Int64) -> Float {
    log1pf(seconds(from: earlier, to: later))
  }

  /// Seconds, 0 where `later` is not later.
  static func seconds(from earlier: Int64, to later: Int64) -> Float {
    Float(max(0, later &- earlier)) / 1_000
  }

  private mutating func countRecent(_ history: HistoryView) {
    var liked: Float = 0
    for age in 0..<history.count {
      let gap = nowMs &- history.entries[age].timeMs
      if age >= 5 && gap >= 60_000 { break }
      if gap < 60_000 { minuteEvents += 1 }
      if gap < 1_000 { tiedEvents += 1 }
      if age < 5 && history.entries[age].isLiked { liked += 1 }
    }
    likeRate5 = liked / Float(min(5, history.count))
  }

  private mutating func averageItems(_ history: HistoryView, _ globals: ItemGlobals) {
    let ten = min(10, history.rowCount)
    let three = min(3, history.rowCount)
    for age in 0..<ten {
      let row = history.rows[age]
      let level = log1pf(Float(row.count))
      popularityLevel += level
      placeLevel += row.meanLogPlace
      guard age < three else { continue }
      recentPopularity += level
      recentGrade += row.smoothedMean(globals.meanGrade)
    }
    popularityLevel /= Float(ten)
    placeLevel /= Float(ten)
    recentPopularity /= Float(three)
    recentGrade /= Float(three)
  }

  private mutating func averageYears(_ history: HistoryView, _ content: ContentTable) {
    var weight: Float = 1
    var total: Float = 0
    var sum: Float = 0
    var squares: Float = 0
    for age in 0..<history.count {
      // Relative to the median, so that squares of years do not eat the float's digits.
      let own = content.year(history.entries[age].item) - content.medianYear
      if age < 3 { recentYear += own }
      total += weight
      sum += weight * own
      squares += weight * own * own
      weight *= 0.9
    }
    let mean = sum / total
    year = mean + content.medianYear
    yearDeviation = sqrtf(max(0, squares / total - mean * mean))
    recentYear = recentYear / Float(min(3, history.count)) + content.medianYear
  }
}

extension ItemRow {
  /// Events of prior that pull a mean grade to the mean of all events.
  static let priorEvents: Float = 5

  /// (sum + 5 * mean of all) / (count + 5).
  func smoothedMean(_ meanGrade: Float) -> Float {
    (gradeSum + Self.priorEvents * meanGrade) / (Float(count) + Self.priorEvents)
  }
}
