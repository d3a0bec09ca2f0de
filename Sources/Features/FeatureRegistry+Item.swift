import Glibc
import State

extension FeatureRegistry {
  static let item: [Feature] = [
    .item("item_events", .item, "ln(1 + events of the item).", .logCount),
    .item("item_mean", .item, "(sum of grades + 5 * mean of all) / (events + 5).", .mean),
    .item("item_like_rate", .item, "(positive events + 2.5) / (events + 5).", .likeRate),
    .item(
      "item_deviation", .item, "Standard deviation of grades, with five events of prior variance 1.2.", .deviation),
    .item("item_age", .item, "ln(1 + seconds since the item's first event); -1 before it.", default: -1, .logAge),
    .item("item_idle", .item, "ln(1 + seconds since the item's last event); -1 before it.", default: -1, .logIdle),
    .item(
      "item_idle_events", .item, "ln(1 + events of the log since the item's last); -1 before it.", default: -1,
      .logIdleEvents),
    .item("item_place", .item, "Mean of ln(1 + earlier events of the user) over the item's events.", .place),
    .item(
      "stage_relative", .session,
      "ln((stage popularity + 0.3) / (share of all positives * positives at the stage + 0.3)).", .stageRelative),
    .difference(
      "popularity_difference", .userItem, "item_events minus its mean over the user's last ten items; 0 if new.",
      .logCount
    ) { $0.popularityLevel },
    .difference(
      "place_difference", .userItem, "item_place minus its mean over the user's last ten items; 0 if new.", .place
    ) { $0.placeLevel },
    .difference(
      "mean_difference_last3", .userItem, "item_mean minus its mean over the user's last three; 0 if new.", .mean
    ) { $0.recentGrade },
    .difference(
      "popularity_difference_last3", .userItem, "item_events minus its mean over the user's last three; 0 if new.",
      .logCount
    ) { $0.recentPopularity },
  ]

  static let content: [Feature] = [
    .item("year", .content, "Year of the item; the catalogue's median where it has none.", .year),
    .difference("year_difference", .content, "year minus the user's mean year (weights 0.9^a); 0 if new.", .year) {
      $0.year
    },
    .difference("year_distance", .content, "Absolute year_difference.", .year, isAbsolute: true) { $0.year },
    .difference(
      "year_difference_last3", .content, "year minus the mean year of the user's last three; 0 if new.", .year
    ) { $0.recentYear },
    .score(.genrePositive, .content, "Cosine of the item's genres and the sum over liked items."),
    .score(.genreRecent, .content, "Cosine of the item's genres and the sum over all items, weighted by 0.9^a."),
    .score(.genreSigned, .content, "Cosine of the item's genres and the sum weighted by grade minus the user's mean."),
    .score(.genreLast3, .content, "Cosine of the item's genres and the sum over the last three items."),
    .score(.genreLikeRate, .content, "Mean over the item's genres of (likes + 3 * user's like-rate) / (events + 3)."),
  ]
}
