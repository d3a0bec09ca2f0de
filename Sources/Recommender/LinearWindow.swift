import State

/// The newest interactions of all users, bounded: what the linear model is refitted from.
///
/// A value; the owner appends on its thread and hands a copy to the fit.
public struct LinearWindow: Sendable {
  /// 16 bytes each: 32 MB. More history gains nothing that recency does not take back, and the fit stays within seconds.
  public static let standardCapacity = 2_000_000

  struct Event: Sendable, BitwiseCopyable {
    var user: UInt64
    var item: ItemIndex
    var isPositive: Bool
    /// In steps of 1/32, as everywhere.
    var gradeSteps: UInt8
  }

  public let capacity: Int
  private var events: [Event] = []
  private var oldest = 0

  /// - Precondition: `capacity` > 0.
  public init(capacity: Int = standardCapacity) {
    precondition(capacity > 0, "a window holds at least one event, got \(capacity)")
    self.capacity = capacity
  }

  public var count: Int { events.count }

  /// Oldest first.
  var chronological: [Event] { oldest == 0 ? events : Array(events[oldest...]) + Array(events[..<oldest]) }

  /// Items of the window's events, oldest first.
  package var items: [ItemIndex] { chronological.map(\.item) }

  /// Appends an applied event; the oldest gives way. O(1).
  public mutating func append(_ entry: AppliedEntry, item: ItemIndex) {
    let event = Event(
      user: entry.userHash, item: item, isPositive: entry.interaction.signal == .positive,
      gradeSteps: entry.interaction.grade.steps)
    if events.count < capacity {
      events.append(event)
    } else {
      events[oldest] = event
      oldest = (oldest + 1) % capacity
    }
  }

  /// Drops everything of a user (an erasure). O(window).
  public mutating func erase(user: UInt64) {
    // The ring is cut where it starts, so that age still decides who goes first.
    events = chronological.filter { $0.user != user }
    oldest = 0
  }
}
