extension FeatureRegistry {
  static let user: [Feature] = [
    .user("user_events", .user, "Events of the user.") { $0.eventCount },
    .user("user_positives", .user, "Positive events of the user.") { $0.positiveCount },
    .user("user_mean", .user, "Mean grade that the user gave; 0 if new.") { $0.meanGrade },
    .user("user_popularity", .user, "Mean item_events of the user's last ten items; 0 if new.") { $0.popularityLevel },
    .user("user_year_deviation", .user, "Standard deviation of the user's years (weights 0.9^a); 0 if new.") {
      $0.yearDeviation
    },
    .user("user_like_rate5", .user, "Share of liked ones among the last five; 0 if new.") { $0.likeRate5 },
  ]

  static let session: [Feature] = [
    .user("user_gap", .session, "ln(1 + seconds since the user's last event); 0 if new.") { $0.logGap },
    .user("session_length", .session, "Events of the user within the running half hour.") { $0.sessionLength },
    .user("session_age", .session, "ln(1 + seconds since the session's first event); -1 outside one.") {
      $0.logSessionAge
    },
    .user("minute_events", .session, "Events of the user within the last minute.") { $0.minuteEvents },
    .user("tied_events", .session, "Events of the user within this second.") { $0.tiedEvents },
  ]
}
