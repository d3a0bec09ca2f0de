import Identity

/// What `apply` did with an event.
public enum ApplyOutcome: Sendable, Equatable {
  case applied
  /// The event's id was seen within the duplicate window: nothing changed.
  case duplicate
}

extension UserRecord {
  /// The first fold: user(n+1), applied(n) = apply(user(n), event(n)).
  ///
  /// Pure and deterministic: it reads nothing but its arguments. `entry` is overwritten (its memory is reused); it is
  /// meaningful only when the outcome is `.applied`.
  /// - Complexity: O(window + events of the same millisecond), amortised; no allocation but the history's growth.
  public mutating func apply(
    _ event: Interaction, userHash: UInt64, entry: inout AppliedEntry
  ) -> ApplyOutcome {
    guard duplicates.admit(hash: event.eventHash, timeMs: event.timeMs) else { return .duplicate }
    entry.kind = .interaction
    entry.interaction = event
    entry.userHash = userHash
    entry.stage = UInt32(clamping: eventCount)
    entry.sessionPlace = UInt16(clamping: sessionLength(at: event.timeMs))
    entry.profile = profile
    let place = insert(event, userHash: userHash)
    collectNeighbours(of: place, into: &entry)
    count(event)
    forgetOldest()
    while history.count - sealedCount >= UserLimits.block + UserLimits.openEntries { sealedCount += UserLimits.block }
    return .applied
  }

  /// Appends, then moves the entry among those of the same millisecond to the place that its hash gives it. A sealed
  /// entry never moves: its block is written.
  private mutating func insert(_ event: Interaction, userHash: UInt64) -> Int {
    let new = HistoryEntry(
      item: event.item, timeMs: event.timeMs, grade: event.grade, signal: event.signal, typeCode: event.typeCode)
    var place = history.count
    let rank = Self.tieRank(new, userHash: userHash)
    while place > sealedCount, history[place - 1].timeMs == event.timeMs,
      Self.tieRank(history[place - 1], userHash: userHash) > rank
    {
      place -= 1
    }
    history.insert(new, at: place)
    return place
  }

  private static func tieRank(_ entry: HistoryEntry, userHash: UInt64) -> UInt64 {
    Hash64.mix(entry.item.rawValue ^ Hash64.mix(userHash ^ UInt64(bitPattern: entry.timeMs)))
  }

  private func collectNeighbours(of place: Int, into entry: inout AppliedEntry) {
    entry.neighbours.removeAll(keepingCapacity: true)
    let own = history[place]
    func add(_ other: HistoryEntry, distance: Int, isBefore: Bool) {
      guard other.item != own.item else { return }
      let gap = own.timeMs &- other.timeMs
      entry.neighbours.append(
        Neighbour(
          item: other.item, distance: UInt8(distance), isBefore: isBefore, signal: other.signal, gapMs: gap.magnitudeMs)
      )
    }
    for distance in stride(from: 1, through: min(AppliedEntry.window, place), by: 1) {
      add(history[place - distance], distance: distance, isBefore: true)
    }
    for distance in stride(from: 1, through: min(AppliedEntry.window, history.count - 1 - place), by: 1) {
      add(history[place + distance], distance: distance, isBefore: false)
    }
  }

  private mutating func count(_ event: Interaction) {
    if eventCount == 0 { firstMs = event.timeMs }
    if event.timeMs < lastMs { lateCount += 1 } else { lastMs = event.timeMs }
    eventCount += 1
    if event.signal == .positive { positiveCount += 1 }
    gradeSteps += UInt64(event.grade.steps)
  }

  private mutating func forgetOldest() {
    guard history.count >= UserLimits.history + UserLimits.compactionSlack else { return }
    history.removeFirst(history.count - UserLimits.history)
    sealedCount = 0
    generation &+= 1
  }

  /// Folds an impression: what was shown leaves only its count in the facts.
  public mutating func applyImpression(timeMs: Int64, eventHash: UInt64) -> ApplyOutcome {
    guard duplicates.admit(hash: eventHash, timeMs: timeMs) else { return .duplicate }
    impressionCount += 1
    return .applied
  }

  /// Folds one profile attribute; nil removes it. Names beyond `UserLimits.attributes` are ignored: the decoder bounds
  /// an event, this bounds their sum.
  public mutating func setAttribute(_ name: String, _ value: AttributeValue?) {
    guard let value else {
      attributes.removeValue(forKey: name)
      return
    }
    if attributes[name] == nil && attributes.count >= UserLimits.attributes { return }
    attributes[name] = value
  }

  /// Admits the id of an event that is folded in parts (a profile update), before its parts.
  public mutating func admit(eventHash: UInt64, timeMs: Int64) -> ApplyOutcome {
    duplicates.admit(hash: eventHash, timeMs: timeMs) ? .applied : .duplicate
  }
}

extension Int64 {
  /// |self|, saturating at Int64.max.
  fileprivate var magnitudeMs: Int64 { self == .min ? .max : Swift.abs(self) }
}
