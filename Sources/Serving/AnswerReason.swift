/// Why an answer is less than the full pipeline's: `provenance.degraded`, and the label of its outcome in the metrics.
enum AnswerReason: String, CaseIterable {
  /// No ranker is loaded: reciprocal-rank fusion of the sources.
  case noRanker = "no_ranker"
  /// The user has no history: popularity and what the stage says.
  case newUser = "new_user"
  /// The store did not answer: the record that was last seen here, or popularity.
  case storeUnavailable = "store_unavailable"
  /// The stored record could not be read: popularity.
  case recordUnreadable = "record_unreadable"
  /// Nothing may be shown to this user under these conditions.
  case noCandidates = "no_candidates"
}
