/// A visit of a user.
struct Session {
  var timeMs: Double
  let user: Int
  /// Events to come.
  var left: Int
  /// The item before; -1 at the start.
  var last = -1

  init(timeMs: Double, user: Int, left: Int) {
    self.timeMs = timeMs
    self.user = user
    self.left = left
  }
}

/// Running sessions, the one with the earliest next event first: a binary heap.
struct SessionQueue {
  private var heap: [Session] = []

  var firstMs: Double? { heap.first?.timeMs }

  mutating func push(_ session: Session) {
    heap.append(session)
    var place = heap.count - 1
    while place > 0, heap[(place - 1) / 2].timeMs > heap[place].timeMs {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func pop() -> Session? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].timeMs < heap[child].timeMs { child += 1 }
      guard heap[child].timeMs < heap[place].timeMs else { break }
      heap.swapAt(place, child)
      place = child
    }
    return first
  }
}

/// Who has met what: one open-addressed set of pairs, filled to a half at most.
struct MetItems {
  private var slots: [UInt64]
  private let mask: Int

  init(capacity: Int) {
    var size = 1_024
    while size < 2 * capacity + 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    mask = size - 1
  }

  /// 0 marks an empty slot.
  private func key(_ user: Int, _ item: Int) -> UInt64 { UInt64(user + 1) << 32 | UInt64(item) }

  private func place(_ key: UInt64) -> Int {
    var place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    while slots[place] != 0 && slots[place] != key { place = (place + 1) & mask }
    return place
  }

  func contains(_ user: Int, _ item: Int) -> Bool { slots[place(key(user, item))] != 0 }

  mutating func insert(_ user: Int, _ item: Int) {
    let key = key(user, item)
    slots[place(key)] = key
  }
}

/// What is different from the ordinary at a moment.
struct WorldPhase: Equatable {
  var rotations = 0
  var trend = false
  var season = false
  var hasBots = false

  init() {}

  init(_ drifts: [WorldDrift], at share: Double) {
    for drift in drifts where share >= drift.span.lowerBound {
      let isRunning = share < drift.span.upperBound
      switch drift.kind {
      case .tasteRotation: rotations += 1
      case .trend: trend = true
      case .coldLaunch: break
      case .season: season = season || isRunning
      case .bots: hasBots = hasBots || isRunning
      }
    }
  }

  /// How much a genre is put before users.
  func weight(genre: Int) -> Double {
    var weight = 1.0
    if trend && genre == 3 { weight *= 6 }
    if season { weight *= genre.isMultiple(of: 2) ? 3 : 0.5 }
    return weight
  }
}
