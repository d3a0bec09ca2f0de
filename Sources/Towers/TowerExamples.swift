import Glibc
import Identity

/// The window as sequences, one a user, oldest first; and which of their positions are examples.
///
/// Events of one millisecond have no order: they stand in the order of a hash, as in the user's record.
struct TowerExamples {
  /// Row of the item in the catalogue of the training, by position.
  private(set) var rows: [Int32] = []
  private(set) var kinds: [UInt8] = []
  private(set) var times: [Int64] = []
  /// The user's interactions before the position, as far as the log goes.
  private(set) var stages: [UInt32] = []
  /// Codes of the user's profile before the position.
  private(set) var profiles: [SIMD8<UInt16>] = []
  /// First position of the position's user.
  private(set) var starts: [Int32] = []
  /// One behind the user's last position.
  private(set) var ends: [Int32] = []
  /// Positions of events that the tower learns to foresee.
  private(set) var targets: [Int32] = []
  /// Place of each target's event in the window.
  private(set) var numbers: [Int32] = []
  /// Weight of each target.
  private(set) var weights: [Float] = []
  /// Events of each row.
  private(set) var counts: [Int32]

  init(_ window: TowerWindow, rowOf: borrowing KeyTable, rowCount: Int, settings: TowerSettings) {
    counts = Array(repeating: 0, count: rowCount)
    let events = window.chronological
    var order: [(user: UInt64, timeMs: Int64, tie: UInt64, event: Int32)] = []
    order.reserveCapacity(events.count)
    for (number, event) in events.enumerated() where rowOf.find(event.item) != nil {
      order.append((event.user, event.timeMs, Hash64.mix(event.item ^ event.user), Int32(number)))
    }
    order.sort { a, b in
      if a.user != b.user { return a.user < b.user }
      if a.timeMs != b.timeMs { return a.timeMs < b.timeMs }
      return a.tie == b.tie ? a.event < b.event : a.tie < b.tie
    }
    var start = 0
    for (position, key) in order.enumerated() {
      let event = events[Int(key.event)]
      if position > 0 && order[position - 1].user != key.user {
        ends.append(contentsOf: repeatElement(Int32(position), count: position - start))
        start = position
      }
      let row = rowOf.find(event.item) ?? 0
      rows.append(row)
      counts[Int(row)] += 1
      kinds.append(event.kind)
      times.append(event.timeMs)
      stages.append(event.stage)
      profiles.append(event.profile)
      starts.append(Int32(start))
      let weight = Self.weight(event, settings)
      if weight > 0 {
        targets.append(Int32(position))
        numbers.append(key.event)
        weights.append(weight)
      }
    }
    ends.append(contentsOf: repeatElement(Int32(order.count), count: order.count - start))
    age(newest: events.count, halfLife: settings.halfLife)
  }

  private static func weight(_ event: TowerWindow.Event, _ settings: TowerSettings) -> Float {
    if event.isPositive { return 1 }
    guard event.isChosen else { return 0 }
    return TowerBuckets.grade(event.kind) >= TowerBuckets.middleGrade
      ? settings.middlingWeight : settings.dislikedWeight
  }

  /// Newer targets weigh more, where there is a half-life; the mean stays.
  private mutating func age(newest: Int, halfLife: Float) {
    guard halfLife > 0 else { return }
    let factors = numbers.map { exp2f(-Float(newest - Int($0)) / halfLife) }
    let mean = factors.reduce(0, +) / Float(max(1, factors.count))
    for target in weights.indices { weights[target] *= factors[target] / mean }
  }
}
