import Glibc

/// How ages, gaps, kinds and activity become numbers of learned weights. Part of the artefact's version: change one, and
/// raise `TowerModel.formatVersion`.
public enum TowerBuckets {
  /// Interactions that a tower can pool at most.
  public static let maximumHistory = 512
  /// A gap of more than this ends a session, as in the user's record.
  static let sessionGapMs: Int64 = 1_800_000

  static let ages = 48
  static let gaps = 10
  static let kinds = 24
  static let stages = 13
  static let sessions = 8
  static let years = 35
  /// Profile attributes are hashed into this many rows: 256 KiB at 64 dimensions, and few of a site's attributes share one.
  static let profiles = 1_024

  /// Each of the first 32 ages has its own weight; then four to a doubling.
  static let ageBucket: [Int32] = (0..<maximumHistory).map { age in
    age < 32 ? Int32(age) : Int32(min(Float(ages - 1), 32 + (4 * log2f(Float(age) / 32)).rounded(.down)))
  }

  private static let gapBounds: [Int64] = [
    1_000, 10_000, 60_000, 600_000, 3_600_000, 21_600_000, 86_400_000, 604_800_000, 2_592_000_000,
  ]

  /// From under a second to over a month; a time in the future counts as now.
  @inline(__always) static func gap(_ ms: Int64) -> Int {
    var bucket = 0
    for bound in gapBounds where ms >= bound { bucket += 1 }
    return bucket
  }

  /// Signal (0 negative, 1 neutral, 2 positive) and whole grade.
  public static func kind(signal: UInt8, gradeSteps: UInt8) -> UInt8 {
    min(2, signal) * 8 + min(7, gradeSteps / 32)
  }

  static func isPositive(_ kind: UInt8) -> Bool { kind >= 16 }
  /// The whole grade of a kind.
  static func grade(_ kind: UInt8) -> UInt8 { kind & 7 }
  /// Of five stars.
  static let middleGrade: UInt8 = 3

  /// Row of a profile attribute's code (`State.ProfileCodes`).
  static func profile(_ code: UInt16) -> Int { Int(code) % profiles }

  /// By doubling of the user's number of events: 0, 1, 2-3, 4-7, ... 2,048 and more.
  static func stage(_ events: Int) -> Int {
    events <= 0 ? 0 : min(stages - 1, Int.bitWidth - events.leadingZeroBitCount)
  }

  /// By doubling of the events in the running session: 0, 1, 2-3, ... 64 and more.
  static func session(_ events: Int) -> Int {
    events <= 0 ? 0 : min(sessions - 1, Int.bitWidth - events.leadingZeroBitCount)
  }

  /// Two neighbouring rows of the year table and the second one's share; the last row stands for no year.
  static func year(_ year: Int16) -> (row: Int, share: Float) {
    guard year > 0 else { return (years - 1, 0) }
    let place = min(Float(years - 2) - 0.001, max(0, (Float(year) - 1_890) / 5))
    return (Int(place), place - place.rounded(.down))
  }
}
