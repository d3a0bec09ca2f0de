import Glibc
import State

extension FeatureRegistry {
  static let item: [Feature] = [
    .item("item_events", .item, "ln(1 + events of the item).") { table, c in log1pf(Float(table.rows[c].count)) },
    .item("item_mean", .item, "(sum of grades + 5 * mean of all) / (events + 5).") { table, c in
      table.rows[c].smoothedMean(table.globals)
    },
    .item("item_like_rate", .item, "(positive events + 2.5) / (events + 5).") { table, c in
      (Float(table.rows[c].positiveCount) + 2.5) / (Float(table.rows[c].count) + 5)
    },
    .item("item_deviation", .item, "Standard deviation of grades, with five events of prior variance 1.2.") {
      table, c in
      table.rows[c].smoothedDeviation(table.globals)
    },
    .item("item_age", .item, "ln(1 + seconds since the item's first event); -1 before it.", default: -1) { table, c in
      table.rows[c].count == 0 ? -1 : UserSummary.logSeconds(from: table.rows[c].firstMs, to: table.user.nowMs)
    },
    .item("item_idle", .item, "ln(1 + seconds since the item's last event); -1 before it.", default: -1) { table, c in
      table.rows[c].count == 0 ? -1 : UserSummary.logSeconds(from: table.rows[c].lastMs, to: table.user.nowMs)
    },
    .item("item_idle_events", .item, "ln(1 + events of the log since the item's last); -1 before it.", default: -1) {
      table, c in
      table.rows[c].count == 0 ? -1 : log1pf(Float(table.globals.events &- table.rows[c].lastEvent))
    },
    .item("item_place", .item, "Mean of ln(1 + earlier events of the user) over the item's events.") { table, c in
      table.rows[c].meanLogPlace
    },
    .item(
      "stage_relative", .session,
      "ln((stage popularity + 0.3) / (share of all positives * positives at the stage + 0.3))."
    ) { table, c in table.stageRelative(c) },
    .item("popularity_difference", .userItem, "item_events minus its mean over the user's last ten items; 0 if new.") {
      table, c in
      table.user.isNew ? 0 : log1pf(Float(table.rows[c].count)) - table.user.popularityLevel
    },
    .item("place_difference", .userItem, "item_place minus its mean over the user's last ten items; 0 if new.") {
      table, c in
      table.user.isNew ? 0 : table.rows[c].meanLogPlace - table.user.placeLevel
    },
    .item("mean_difference_last3", .userItem, "item_mean minus its mean over the user's last three; 0 if new.") {
      table, c in
      table.user.isNew ? 0 : table.rows[c].smoothedMean(table.globals) - table.user.recentGrade
    },
    .item("popularity_difference_last3", .userItem, "item_events minus its mean over the user's last three; 0 if new.")
    {
      table, c in
      table.user.isNew ? 0 : log1pf(Float(table.rows[c].count)) - table.user.recentPopularity
    },
  ]

  static let content: [Feature] = [
    .item("year", .content, "Year of the item; the catalogue's median where it has none.") { table, c in
      table.content.year(table.items[c])
    },
    .item("year_difference", .content, "year minus the user's mean year (weights 0.9^a); 0 if new.") { table, c in
      table.user.isNew ? 0 : table.content.year(table.items[c]) - table.user.year
    },
    .item("year_distance", .content, "Absolute year_difference.") { table, c in
      table.user.isNew ? 0 : abs(table.content.year(table.items[c]) - table.user.year)
    },
    .item("year_difference_last3", .content, "year minus the mean year of the user's last three; 0 if new.") {
      table, c in
      table.user.isNew ? 0 : table.content.year(table.items[c]) - table.user.recentYear
    },
    .score(.genrePositive, .content, "Cosine of the item's genres and the sum over liked items."),
    .score(.genreRecent, .content, "Cosine of the item's genres and the sum over all items, weighted by 0.9^a."),
    .score(.genreSigned, .content, "Cosine of the item's genres and the sum weighted by grade minus the user's mean."),
    .score(.genreLast3, .content, "Cosine of the item's genres and the sum over the last three items."),
    .score(.genreLikeRate, .content, "Mean over the item's genres of (likes + 3 * user's like-rate) / (events + 3)."),
  ]
}

extension ItemRow {
  func smoothedDeviation(_ globals: ItemGlobals) -> Float {
    let mean = smoothedMean(globals)
    let prior = globals.meanGrade * globals.meanGrade + 1.2
    let squares = (gradeSquareSum + Self.priorEvents * prior) / (Float(count) + Self.priorEvents)
    return sqrtf(max(0, squares - mean * mean))
  }
}

extension CandidateTable {
  func stageRelative(_ candidate: Int) -> Float {
    let row = rows[candidate]
    let here = row.stages[user.stage].value(at: globals.stageClock[user.stage], halfLife: Popularity.stageHalfLife)
    let share = Float(row.positiveCount) / max(1, Float(globals.positives))
    return logf((here + 0.3) / (share * globals.stagePositives[user.stage] + 0.3))
  }
}
