import Identity

/// The newest interactions of all users, bounded: what the towers are trained on.
///
/// A value; the owner appends on its thread and hands a copy to the trainer.
public struct TowerWindow: Sendable {
  /// 48 bytes each: 96 MB.
  public static let standardCapacity = 2_000_000

  public struct Event: Sendable, BitwiseCopyable {
    public var user: UInt64
    public var item: UInt64
    public var timeMs: Int64
    /// The user's interactions before this one.
    public var stage: UInt32
    /// See `TowerBuckets.kind`.
    public var kind: UInt8
    /// Whether the user came to the item, or was only made to say no to it.
    public var isChosen: Bool
    /// Codes of the user's profile before this event.
    public var profile: SIMD8<UInt16>

    public init(
      user: UInt64, item: ItemKey, timeMs: Int64, stage: UInt32, signal: UInt8, gradeSteps: UInt8, isChosen: Bool,
      profile: SIMD8<UInt16> = .zero
    ) {
      self.user = user
      self.item = item.rawValue
      self.timeMs = timeMs
      self.stage = stage
      self.isChosen = isChosen
      self.profile = profile
      kind = TowerBuckets.kind(signal: signal, gradeSteps: gradeSteps)
    }

    var isPositive: Bool { TowerBuckets.isPositive(kind) }
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
  public var chronological: [Event] { oldest == 0 ? events : Array(events[oldest...]) + Array(events[..<oldest]) }

  /// Appends an applied event; the oldest gives way. O(1).
  public mutating func append(_ event: Event) {
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
