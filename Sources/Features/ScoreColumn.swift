/// What speaks for an item, for one user at one moment: one column of a `CandidateTable` each.
///
/// The first `sourceCount` are candidate sources: they bring candidates in, and are used as score, as rank among the
/// candidates and as ratio to the best candidate. The others are read as they are. The formulas stand at the features of
/// the same name in the registry; the code that fills the columns is in `Recommender`.
public enum ScoreColumn: Int, CaseIterable, Sendable {
  // Sources, in the order in which they are written into provenance bits.
  case easePositive = 0
  case easePositiveRecent
  case easeAllRecent
  case coAll
  case coLiked
  case coAgreeing
  case coSession
  case coMinute
  case coLast3
  case userVector
  case popular500
  case popular2000
  case popular8000
  case stagePopular
  case sessionPopular
  // Plain scores.
  case easeAll
  case easeSigned
  case easeNearest
  case coLast1
  case coStrongest
  case coHistoryItems
  case coUnliked
  case coFromUnliked
  case popular100
  case popular30000
  case popularAllTime
  case allEvents1000
  case popularDay
  case popularWeek
  case popularTwoMonths
  case genrePositive
  case genreRecent
  case genreSigned
  case genreLast3
  case genreLikeRate

  /// How many of the columns, from the first, are candidate sources.
  public static let sourceCount = 15
  /// All columns.
  public static let columnCount = allCases.count
  /// The columns that are candidate sources.
  public static let sources = Array(allCases.prefix(sourceCount))

  /// The name that features, settings and reports use.
  public var name: String { Self.names[rawValue] }

  private static let names: [String] = allCases.map { column in
    var text = ""
    for scalar in "\(column)".unicodeScalars {
      if (65...90).contains(scalar.value) {
        text += "_" + String(Character(scalar)).lowercased()
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
