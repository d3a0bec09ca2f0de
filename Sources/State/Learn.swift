import Glibc
import Identity

/// What of an applied entry is learned.
public struct LearnedParts: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Counters and popularities, of the item and of all.
  public static let counts = LearnedParts(rawValue: 1)
  /// Co-visitation lists.
  public static let neighbours = LearnedParts(rawValue: 2)
  public static let all: LearnedParts = [.counts, .neighbours]
}

extension ItemState {
  /// The second fold: items(n+1) = learn(items(n), applied(n)). Only the one writer may call it.
  ///
  /// `id` names the item where this state has not met it. Returns the item's index, or nil when the state is full (the
  /// event is then not learned from). Production learns all parts; evaluation leaves some out to see what they are worth.
  /// - Complexity: O(neighbours * list length), independent of the catalogue.
  @discardableResult public func learn(
    _ entry: AppliedEntry, id: @autoclosure () -> EntityID, parts: LearnedParts = .all
  ) -> ItemIndex? {
    guard entry.kind == .interaction else { return nil }
    guard let index = keys.find(entry.interaction.item) ?? name(id()) else { return nil }
    if parts.contains(.counts) {
      let now = countGlobally(entry)
      count(entry, at: index, now: now)
    }
    if parts.contains(.neighbours) { relate(entry, index: index) }
    return index
  }

  /// Advances the clocks; returns the globals after the event.
  private func countGlobally(_ entry: AppliedEntry) -> ItemGlobals {
    let stage = Popularity.stageBucket(entry.stage)
    let session = Popularity.sessionBucket(UInt32(entry.sessionPlace))
    let isPositive = entry.interaction.signal == .positive
    return SequenceLock.write(globalsSequence) {
      globalsStorage.pointee.events += 1
      if isPositive { globalsStorage.pointee.positives += 1 }
      globalsStorage.pointee.gradeSteps += UInt64(entry.interaction.grade.steps)
      globalsStorage.pointee.latestMs = max(globalsStorage.pointee.latestMs, entry.interaction.timeMs)
      globalsStorage.pointee.stageClock[stage] &+= 1
      globalsStorage.pointee.sessionClock[session] &+= 1
      let kept = globalsStorage.pointee.stagePositives[stage] * Decay.exp2(-1 / Popularity.stageHalfLife)
      globalsStorage.pointee.stagePositives[stage] = kept + (isPositive ? 1 : 0)
      return globalsStorage.pointee
    }
  }

  private func count(_ entry: AppliedEntry, at index: ItemIndex, now: ItemGlobals) {
    let row = self.row(at: index)
    SequenceLock.write(sequence(at: index)) { row.pointee.count(entry, now: now) }
    // Exactly then: counts rise by one.
    if row.pointee.count == ColdList.warmEvents { SequenceLock.write(coldSequence) { cold.pointee.drop(index) } }
    guard entry.interaction.signal == .positive else { return }
    let stage = Popularity.stageBucket(entry.stage)
    let session = Popularity.sessionBucket(UInt32(entry.sessionPlace))
    SequenceLock.write(topsSequence) {
      for (slot, halfLife) in Popularity.eventHalfLives.enumerated() {
        tops[PopularityTable.events(slot).slot].raise(
          index, value: row.pointee.positiveByEvents[slot], now: Double(now.events), halfLife: Double(halfLife))
      }
      let days = Double(row.pointee.decayMs) / 86_400_000
      for (slot, halfLife) in Popularity.dayHalfLives.enumerated() {
        tops[PopularityTable.days(slot).slot].raise(
          index, value: row.pointee.positiveByDays[slot], now: days, halfLife: Double(halfLife))
      }
      tops[PopularityTable.stage(stage).slot].raise(
        index, value: row.pointee.stages[stage].value, now: Double(now.stageClock[stage]),
        halfLife: Double(Popularity.stageHalfLife))
      tops[PopularityTable.session(session).slot].raise(
        index, value: row.pointee.sessions[session].value, now: Double(now.sessionClock[session]),
        halfLife: Double(Popularity.sessionHalfLife))
      tops[PopularityTable.allTime.slot].raise(
        index, value: Float(row.pointee.positiveCount), now: 0, halfLife: 1)
    }
  }

  /// Moves co-visitation: the list of each neighbour learns of the item, the item's list of each neighbour.
  private func relate(_ entry: AppliedEntry, index: ItemIndex) {
    guard !entry.neighbours.isEmpty else { return }
    let own = row(at: index)
    let ownLiked = entry.interaction.signal == .positive
    let ownFactor = SequenceLock.write(sequence(at: index)) {
      lists.factor(&own.pointee.list, ownerCount: own.pointee.count)
    }
    for neighbour in entry.neighbours {
      guard let other = keys.find(neighbour.item), other != index else { continue }
      let liked = neighbour.signal == .positive
      let row = self.row(at: other)
      SequenceLock.write(sequence(at: other)) {
        let factor = lists.factor(&row.pointee.list, ownerCount: row.pointee.count)
        // Forward means: from the earlier item to the later one.
        let weights = CoVisitation.weights(
          neighbour, isForward: neighbour.isBefore, ownerLiked: liked, otherLiked: ownLiked, factor: factor)
        lists.add(index, weights, to: &row.pointee.list)
      }
      SequenceLock.write(sequence(at: index)) {
        let weights = CoVisitation.weights(
          neighbour, isForward: !neighbour.isBefore, ownerLiked: ownLiked, otherLiked: liked, factor: ownFactor)
        lists.add(other, weights, to: &own.pointee.list)
      }
    }
  }
}

/// The weights that one meeting of two items adds to a list (learning.md, 'Entry').
enum CoVisitation {
  private static let decayByDistance: [Float] = (0...AppliedEntry.window).map { $0 == 0 ? 0 : powf(0.8, Float($0 - 1)) }
  private static let backward: Float = 0.5
  private static let sessionMs: Int64 = 1_800_000
  private static let minuteMs: Int64 = 60_000

  @inline(__always) static func weights(
    _ meeting: Neighbour, isForward: Bool, ownerLiked: Bool, otherLiked: Bool, factor: Float
  ) -> InlineArray<5, Float> {
    let place = decayByDistance[min(Int(meeting.distance), AppliedEntry.window)] * factor
    let weight = isForward ? place : place * backward
    return [
      weight,
      ownerLiked && otherLiked ? weight : 0,
      !ownerLiked && otherLiked ? weight : 0,
      meeting.gapMs < sessionMs ? factor : 0,
      meeting.gapMs <= minuteMs && otherLiked ? factor : 0,
    ]
  }
}

extension ItemRow {
  /// Counts one event; the caller holds the row's sequence lock.
  mutating func count(_ entry: AppliedEntry, now: ItemGlobals) {
    let event = entry.interaction
    let isPositive = event.signal == .positive
    if count == 0 { firstMs = event.timeMs }
    decay(toEvent: now.events, timeMs: event.timeMs)
    count &+= 1
    let steps = UInt64(event.grade.steps)
    gradeSteps += steps
    gradeSquareSteps += steps * steps
    lastMs = max(lastMs, event.timeMs)
    logPlaceSteps += UInt64((log1pf(Float(entry.stage)) * Self.logPlaceScale).rounded())
    allByEvents += 1
    guard isPositive else { return }
    positiveCount &+= 1
    for slot in 0..<5 { positiveByEvents[slot] += 1 }
    for slot in 0..<3 { positiveByDays[slot] += 1 }
    let stage = Popularity.stageBucket(entry.stage)
    stages[stage].add(1, at: now.stageClock[stage], halfLife: Popularity.stageHalfLife)
    let session = Popularity.sessionBucket(UInt32(entry.sessionPlace))
    sessions[session].add(1, at: now.sessionClock[session], halfLife: Popularity.sessionHalfLife)
  }

  private mutating func decay(toEvent event: UInt64, timeMs: Int64) {
    for slot in 0..<5 { positiveByEvents[slot] = positives(byEvents: slot, at: event) }
    allByEvents = allEvents(at: event)
    lastEvent = event
    if timeMs > decayMs {
      for slot in 0..<3 { positiveByDays[slot] = positives(byDays: slot, at: timeMs) }
      decayMs = timeMs
    }
  }
}
