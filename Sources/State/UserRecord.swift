import Identity

/// Bounds of a user's record.
public enum UserLimits {
  /// Interactions remembered per user. Beyond it the oldest are forgotten, and may be recommended again; 4,096 entries
  /// are 53 KiB, and hold all but one user in a thousand of the largest public rating sets.
  public static let history = 4_096
  /// Entries that a sealed block holds: the hot part that each batch rewrites stays at 8 to 40 entries, 300 bytes on
  /// average.
  public static let block = 32
  /// A block is sealed only when this many newer entries stand behind it, so that events of one millisecond can still
  /// find their place among each other.
  public static let openEntries = 8
  /// Sealed history is rewritten (not appended to) once it holds this many entries more than `history`.
  public static let compactionSlack = 1_024
  /// Profile attributes per user, and bytes of a name or a text value.
  public static let attributes = 32
  public static let attributeBytes = 64
  /// A gap of more than this ends a session: the usual half hour of web analytics.
  public static let sessionGapMs: Int64 = 1_800_000
  /// How far back the place in a session is counted; the last stage bucket starts far below.
  public static let sessionScan = 256
}

/// A profile attribute's value.
public enum AttributeValue: Sendable, Equatable {
  case text(String)
  case number(Double)
  case flag(Bool)
}

/// The facts about one user: what the user's own events say, nothing of any model. Folded by `apply`.
///
/// A value: copy it, compare it, or hand it to another thread.
public struct UserRecord: Sendable, Equatable {
  /// Newest last, at most `UserLimits.history + compactionSlack`. Events of the same millisecond have no order; they
  /// stand in the order of a hash, so that neither arrival nor file order can be learned from.
  public internal(set) var history: [HistoryEntry] = []
  /// How many entries of `history`, from its start, never change again. A function of the events alone, whatever the
  /// batches in which they were stored.
  public internal(set) var sealedCount = 0
  /// How often the oldest history was cut: blocks stored under another generation must be replaced, not appended to.
  public internal(set) var generation: UInt32 = 0
  /// Interactions ever applied, and those with a positive signal.
  public internal(set) var eventCount: UInt64 = 0
  public internal(set) var positiveCount: UInt64 = 0
  /// Sum of all grades ever, in steps of 1/32.
  public internal(set) var gradeSteps: UInt64 = 0
  public internal(set) var firstMs: Int64 = 0
  /// The latest event time seen (not of the last applied, where that one came late).
  public internal(set) var lastMs: Int64 = 0
  /// Events whose own time was before one that was applied earlier.
  public internal(set) var lateCount: UInt64 = 0
  public internal(set) var impressionCount: UInt64 = 0
  public internal(set) var attributes: [String: AttributeValue] = [:] {
    didSet { profile = ProfileCodes(attributes) }
  }
  /// What models learn from `attributes`, kept beside them: it is read at every event and request.
  public private(set) var profile = ProfileCodes()
  public internal(set) var duplicates = DuplicateWindow()

  public init() {}

  /// Whether the user has interacted with the item, as far as the history goes. Complexity: O(history).
  public func hasSeen(_ item: ItemKey) -> Bool {
    history.withUnsafeBufferPointer { entries in
      for entry in entries where entry.item == item { return true }
      return false
    }
  }

  /// Mean grade of everything ever applied; nil before the first event.
  public var meanGrade: Float? {
    eventCount == 0 ? nil : Float(gradeSteps) / Grade.stepsPerUnit / Float(eventCount)
  }

  /// Events of the running session at `nowMs`: the newest entries that are each less than half an hour before now.
  public func sessionLength(at nowMs: Int64) -> Int {
    var length = 0
    for entry in history.suffix(UserLimits.sessionScan).reversed() {
      guard nowMs &- entry.timeMs < UserLimits.sessionGapMs else { break }
      length += 1
    }
    return length
  }
}
