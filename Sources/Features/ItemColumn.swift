import Glibc
import Numerics
import State

/// What the features read of each candidate's counters and description, one column each.
enum ItemColumn: Int, CaseIterable {
  /// ln(1 + events).
  case logCount
  /// Smoothed mean grade, and the grades' deviation.
  case mean
  case deviation
  case likeRate
  /// ln(1 + seconds) since the first and the last event, and ln(1 + events of the log) since the last.
  case logAge
  case logIdle
  case logIdleEvents
  /// Mean of ln(1 + earlier events of the user).
  case place
  case stageRelative
  case year
}

extension CandidateTable {
  /// Columns of `ItemColumn`, from the rows; needs the stage's popularity as it stands before its logarithm.
  /// - Parameter inStage: positive events at the user's stage, decayed to now.
  func fillItemColumns(inStage: UnsafePointer<Float>) {
    let logCount = values(.logCount)
    let logAge = values(.logAge)
    let logIdle = values(.logIdle)
    let logIdleEvents = values(.logIdleEvents)
    let positives = max(1, Float(globals.positives))
    let stagePositives = globals.stagePositives[user.stage]
    let stage = values(.stageRelative)
    for place in 0..<count {
      let row = rows + place
      logCount[place] = Float(row.pointee.count)
      logAge[place] = UserSummary.seconds(from: row.pointee.firstMs, to: user.nowMs)
      logIdle[place] = UserSummary.seconds(from: row.pointee.lastMs, to: user.nowMs)
      logIdleEvents[place] = Float(globals.events &- row.pointee.lastEvent)
      values(.place)[place] = row.pointee.meanLogPlace
      values(.year)[place] = content.year(items[place])
      let share = Float(row.pointee.positiveCount) / positives
      stage[place] = logf((inStage[place] + 0.3) / (share * stagePositives + 0.3))
    }
    fillGrades()
    for column in [logCount, logAge, logIdle, logIdleEvents] { Columns.log1p(column, count) }
    for place in 0..<count where rows[place].count == 0 {
      logAge[place] = -1
      logIdle[place] = -1
      logIdleEvents[place] = -1
    }
  }

  private func fillGrades() {
    let mean = values(.mean)
    let deviation = values(.deviation)
    let likeRate = values(.likeRate)
    let meanGrade = globals.meanGrade
    let prior = meanGrade * meanGrade + 1.2
    for place in 0..<count {
      let row = rows + place
      let weight = Float(row.pointee.count) + ItemRow.priorEvents
      mean[place] = row.pointee.smoothedMean(meanGrade)
      let squares = (row.pointee.gradeSquareSum + ItemRow.priorEvents * prior) / weight
      deviation[place] = sqrtf(max(0, squares - mean[place] * mean[place]))
      likeRate[place] = (Float(row.pointee.positiveCount) + 2.5) / weight
    }
  }
}
