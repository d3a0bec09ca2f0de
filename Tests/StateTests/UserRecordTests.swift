import Identity
import State
import Testing

@Suite struct UserRecordTests {
  /// Stores a record as ingest does, in parts, and reads it back.
  private struct Stored {
    var hot: [UInt8] = []
    var past: [UInt8] = []
    var extent = StoredExtent()

    mutating func write(_ record: UserRecord) {
      var writer = ByteWriter()
      RecordCodec.encodeHot(record, into: &writer)
      hot = writer.bytes
      switch RecordCodec.pastChange(of: record, stored: extent) {
      case .none: break
      case .append(let bytes): past += bytes
      case .replace(let bytes): past = bytes
      }
      extent = StoredExtent(record)
    }

    func read() throws -> UserRecord {
      try hot.withUnsafeBytes { hot in try past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
      }
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func storedPartsGiveTheRecordBackWhateverTheBatches(seed: UInt64) throws {
    var world = World(seed: seed, users: 1)
    var record = UserRecord()
    var reference = UserRecord()
    var stored = Stored()
    var entry = AppliedEntry.reusable()
    for step in 0..<6_000 {
      guard let (user, _, event) = world.next() else { break }
      _ = reference.apply(event, userHash: userHash(user), entry: &entry)
      _ = record.apply(event, userHash: userHash(user), entry: &entry)
      if world.random() % 17 == 0 {
        stored.write(record)
        record = try stored.read()
      }
      if step % 500 == 0 { #expect(record == reference, "seed \(seed) step \(step)") }
    }
    #expect(record == reference, "seed \(seed)")
    #expect(reference.generation > 0, "the history was cut at least once")
    let id = Array("7".utf8)
    #expect(id.withUnsafeBytes { record.digest(userID: $0) == reference.digest(userID: $0) })
  }

  @Test func aTornRecordIsRefusedNotTrapped() throws {
    var world = World(seed: 5, users: 1)
    var record = UserRecord()
    var stored = Stored()
    var entry = AppliedEntry.reusable()
    for _ in 0..<200 {
      guard let (user, _, event) = world.next() else { break }
      _ = record.apply(event, userHash: userHash(user), entry: &entry)
    }
    record.setAttribute("age", .number(31))
    record.setAttribute("city", .text("Graz"))
    stored.write(record)
    #expect(try stored.read() == record)
    for length in 0..<stored.hot.count {
      let torn = Stored(hot: Array(stored.hot.prefix(length)), past: stored.past)
      #expect(throws: CorruptBytes.self, "hot part of \(length) bytes") { try torn.read() }
    }
    for length in 0..<stored.past.count {
      let torn = Stored(hot: stored.hot, past: Array(stored.past.prefix(length)))
      #expect(throws: CorruptBytes.self, "past of \(length) bytes") { try torn.read() }
    }
  }

  @Test func anEventIDSeenBeforeChangesNothing() {
    var record = UserRecord()
    var entry = AppliedEntry.reusable()
    let event = Interaction(
      item: ItemKey(EntityID(1)), typeCode: 1, signal: .positive, grade: Grade(4), timeMs: 1_000, eventHash: 99)
    #expect(record.apply(event, userHash: 1, entry: &entry) == .applied)
    let before = record
    #expect(record.apply(event, userHash: 1, entry: &entry) == .duplicate)
    #expect(record == before)
    var later = event
    later.timeMs += DuplicateWindow.ageLimitMs + 2_000
    #expect(record.apply(later, userHash: 1, entry: &entry) == .applied, "beyond the window's age")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func eventsOfOneMillisecondHaveNoArrivalOrder(seed: UInt64) {
    var world = World(seed: seed, users: 1)
    let events = (0..<6).map { index in
      Interaction(
        item: ItemKey(EntityID(Int64(index))), typeCode: 0, signal: .positive, grade: Grade(5), timeMs: 5_000)
    }
    var entry = AppliedEntry.reusable()
    func fold(_ events: [Interaction]) -> [ItemKey] {
      var record = UserRecord()
      for event in events { _ = record.apply(event, userHash: seed, entry: &entry) }
      return record.history.map(\.item)
    }
    var shuffled = events
    for index in shuffled.indices { shuffled.swapAt(index, Int(world.random() % UInt64(index + 1))) }
    #expect(fold(events) == fold(shuffled), "seed \(seed)")
  }

  @Test(arguments: 0..<4 as Range<UInt64>) func neighboursAreThePlacesAround(seed: UInt64) {
    var world = World(seed: seed, users: 1)
    var record = UserRecord()
    var entry = AppliedEntry.reusable()
    for step in 0..<400 {
      guard let (user, _, event) = world.next() else { break }
      let stage = record.eventCount
      let session = record.sessionLength(at: event.timeMs)
      guard record.apply(event, userHash: userHash(user), entry: &entry) == .applied else { continue }
      #expect(UInt64(entry.stage) == stage && Int(entry.sessionPlace) == session, "seed \(seed) step \(step)")
      let places = record.history.indices.filter {
        record.history[$0].item == event.item && record.history[$0].timeMs == event.timeMs
      }
      let expected = places.map { place in
        var around: [Neighbour] = []
        for (offset, before) in (1...12).map({ (-$0, true) }) + (1...12).map({ ($0, false) }) {
          guard record.history.indices.contains(place + offset) else { continue }
          let other = record.history[place + offset]
          if other.item == event.item { continue }
          around.append(
            Neighbour(
              item: other.item, distance: UInt8(abs(offset)), isBefore: before, signal: other.signal,
              gapMs: abs(event.timeMs - other.timeMs)))
        }
        return around
      }
      #expect(expected.contains(entry.neighbours), "seed \(seed) step \(step)")
    }
  }
}
