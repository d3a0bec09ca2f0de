/// The newest matured groups, bounded by count and by bytes: what a ranker is trained from. Oldest first.
public struct GroupWindow: Sendable {
  /// Most bytes of features kept: some 15,000 groups; twice as many gained nothing on MovieLens (events 80-90%). A
  /// training copies them once, and LightGBM keeps a quarter of that: together they fit beside everything else in 1 GiB.
  public static let standardBytes = 192 << 20
  /// Most groups kept.
  public static let standardCount = 32_768

  public let maximumBytes: Int
  public let maximumCount: Int
  /// Groups older than this, in event time against the newest, are dropped.
  public let maximumAgeMs: Int64
  /// Event time of the newest group there has been.
  public private(set) var newestMs = Int64.min
  private var storage: [TrainingGroup] = []
  private var head = 0
  public private(set) var bytes = 0
  /// Rows in the window.
  public private(set) var rowCount = 0

  public init(maximumCount: Int = standardCount, maximumBytes: Int = standardBytes, maximumAgeMs: Int64 = .max) {
    precondition(maximumCount > 0 && maximumBytes > 0, "a window of groups has room for one")
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    self.maximumAgeMs = maximumAgeMs
  }

  public var groups: ArraySlice<TrainingGroup> { storage[head...] }
  public var count: Int { storage.count - head }

  public mutating func append(_ group: TrainingGroup) {
    storage.append(group)
    bytes += (group.rows.count + group.reference.count) * MemoryLayout<Float>.size
    rowCount += group.labels.count
    newestMs = max(newestMs, group.timeMs)
    while count > maximumCount || (count > 1 && (bytes > maximumBytes || isTooOld(storage[head]))) { dropOldest() }
  }

  /// How many groups at the end, at most `limit`, are newer than `timeMs`; all where that is nil. Shown lists do not
  /// count: they measure nothing.
  func unseenCount(since timeMs: Int64?, atMost limit: Int) -> Int {
    guard let timeMs else { return limit }
    // Members emit side by side: a group may stand behind one that is a little older.
    return groups.reversed().lazy.filter { !$0.wasShown }.prefix(limit).prefix { $0.timeMs > timeMs }.count
  }

  private func isTooOld(_ group: TrainingGroup) -> Bool {
    let (age, overflow) = newestMs.subtractingReportingOverflow(group.timeMs)
    return overflow || age > maximumAgeMs
  }

  private mutating func dropOldest() {
    bytes -= (storage[head].rows.count + storage[head].reference.count) * MemoryLayout<Float>.size
    rowCount -= storage[head].labels.count
    storage[head].rows = []
    storage[head].reference = []
    storage[head].labels = []
    head += 1
    // Moving the rest costs as much as was dropped since the last time.
    if head > storage.count / 2 {
      storage.removeFirst(head)
      head = 0
    }
  }

  /// Drops the groups of an erased user.
  public mutating func erase(userHash: UInt64) {
    let kept = storage[head...].filter { $0.userHash != userHash }
    storage = []
    head = 0
    bytes = 0
    rowCount = 0
    for group in kept { append(group) }
  }
}
