import Glibc
import State

/// What is known of the user at the moment of a query, beside single items. All zero before the first event.
public struct UserSummary: BitwiseCopyable, Sendable {
  public var nowMs: Int64 = 0
  public var stage = 0
  public var sessionBucket = 0
  public var eventCount: Float = 0
  public var positiveCount: Float = 0
  public var meanGrade: Float = 0
  /// ln(1 + seconds since the last event).
  public var logGap: Float = 0
  public var sessionLength: Float = 0
  /// ln(1 + seconds since the session's first event); -1 outside a session.
  public var logSessionAge: Float = 0
  /// Events of the last minute.
  public var minuteEvents: Float = 0
  /// Share of liked ones among the last five.
  public var likeRate5: Float = 0
  /// Events of this very second.
  public var tiedEvents: Float = 0
  /// Mean of ln(1 + events) over the last ten items, and of their usual place in histories.
  public var popularityLevel: Float = 0
  public var placeLevel: Float = 0
  /// Means over the last three items.
  public var recentGrade: Float = 0
  public var recentPopularity: Float = 0
  public var recentYear: Float = 0
  /// Mean and standard deviation of years, weighted by 0.9^age.
  public var year: Float = 0
  public var yearDeviation: Float = 0
  /// (likes + 1) / (events + 2), the prior of genre like-rates.
  public var likeRate: Float = 0.5

  public var isNew: Bool { eventCount == 0 }
  public init() {}
}

/// The user's tastes for genres, one value a genre: sums over the history, scaled to length 1 (but the counts).
///
/// Belongs to one worker thread.
public final class GenreProfile {
  private static let tables = 6
  // One thread's: see `CandidateTable.count`.
  @exclusivity(unchecked) private var storage: UnsafeMutablePointer<Float>
  @exclusivity(unchecked) private var capacity: Int

  public init() {
    capacity = 32
    storage = .allocate(capacity: Self.tables * capacity)
  }

  deinit { storage.deallocate() }

  var positive: UnsafeMutablePointer<Float> { storage }
  var recent: UnsafeMutablePointer<Float> { storage + capacity }
  var signed: UnsafeMutablePointer<Float> { storage + 2 * capacity }
  var last3: UnsafeMutablePointer<Float> { storage + 3 * capacity }
  var likes: UnsafeMutablePointer<Float> { storage + 4 * capacity }
  var events: UnsafeMutablePointer<Float> { storage + 5 * capacity }

  /// Folds the history into the tables.
  /// - Complexity: O(history * genres of an item + genres).
  func fill(_ history: HistoryView, _ content: ContentTable, meanGrade: Float) {
    if content.genreCount > capacity {
      storage.deallocate()
      capacity = content.genreCount
      storage = .allocate(capacity: Self.tables * capacity)
    }
    storage.update(repeating: 0, count: Self.tables * capacity)
    var weight: Float = 1
    for age in 0..<history.count {
      let entry = history.entries[age]
      let length = content.genreWeight(entry.item)
      for place in content.genres(entry.item) {
        let genre = Int(content.genreCodes[place])
        if entry.isLiked {
          positive[genre] += length
          likes[genre] += 1
        }
        recent[genre] += weight * length
        signed[genre] += (entry.grade - meanGrade) * length
        events[genre] += 1
        if age < 3 { last3[genre] += length }
      }
      weight *= 0.9
    }
    for table in 0..<4 { Self.normalise(storage + table * capacity, content.genreCount) }
  }

  private static func normalise(_ table: UnsafeMutablePointer<Float>, _ count: Int) {
    var squares: Float = 0
    for genre in 0..<count { squares += table[genre] * table[genre] }
    let scale = 1 / (sqrtf(squares) + 1e-6)
    for genre in 0..<count { table[genre] *= scale }
  }
}
