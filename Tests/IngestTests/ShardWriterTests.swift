import Identity
import State
import Store
import Testing
import Towers

@testable import Ingest

/// The one owner of a shard, over the store in memory.
@Suite struct ShardWriterTests {
  let log = LogName("cluster/interactions", isEphemeral: false)
  let database = MemoryDatabase()

  func writer(log: LogName? = nil) -> ShardWriter {
    ShardWriter(shard: 3, log: log ?? self.log, store: MemoryStore(database), erasureSalt: 7)
  }

  func like(_ writer: ShardWriter, user: String, item: String, offset: Int64, event: UInt64 = 0) {
    let interaction = Interaction(
      item: ItemKey(EntityID(item)), typeCode: 1, signal: .positive, grade: Grade(4), timeMs: 1_000 + offset,
      eventHash: event)
    Array(user.utf8).withUnsafeBytes { id in
      Array(item.utf8).withUnsafeBytes { itemID in
        #expect(
          writer.interaction(
            user: id, userHash: Hash64.of(id), interaction, item: itemID, itemForm: .string, offset: offset))
      }
    }
  }

  func record(of user: String) throws -> UserRecord? {
    guard let stored = try MemoryStore(database).read(shard: 3, id: Array(user.utf8)) else { return nil }
    return try stored.hot.withUnsafeBytes { hot in
      try stored.past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
    }
  }

  @Test func aBatchMovesRecordsAndPositionTogether() throws {
    let writer = writer()
    #expect(try writer.open() == nil)
    like(writer, user: "ann", item: "a", offset: 0)
    like(writer, user: "ann", item: "b", offset: 1)
    like(writer, user: "bob", item: "a", offset: 2)
    #expect(try writer.commit(nextOffset: 5, observer: SilentApplyObserver()) == .committed)
    #expect(try record(of: "ann")?.eventCount == 2)
    #expect(try record(of: "bob")?.eventCount == 1)
    #expect(try MemoryStore(database).position(of: 3)?.nextOffset == 5)
    #expect(try self.writer().open() == 5)
  }

  @Test func aSecondOwnerFencesTheFirst() throws {
    let first = writer()
    let second = writer()
    _ = try first.open()
    _ = try second.open()
    like(first, user: "ann", item: "a", offset: 0)
    #expect(try first.commit(nextOffset: 1, observer: SilentApplyObserver()) == .committed)
    like(second, user: "ann", item: "a", offset: 0)
    like(second, user: "ann", item: "b", offset: 1)
    let outcome = try second.commit(nextOffset: 2, observer: SilentApplyObserver())
    #expect(outcome != .committed)
    #expect(try second.open() == 1)
    #expect(try record(of: "ann")?.eventCount == 1)
  }

  @Test func aDuplicateChangesNothing() throws {
    let writer = writer()
    _ = try writer.open()
    like(writer, user: "ann", item: "a", offset: 0, event: 99)
    like(writer, user: "ann", item: "a", offset: 1, event: 99)
    _ = try writer.commit(nextOffset: 2, observer: SilentApplyObserver())
    like(writer, user: "ann", item: "a", offset: 2, event: 99)
    _ = try writer.commit(nextOffset: 3, observer: SilentApplyObserver())
    #expect(try record(of: "ann")?.eventCount == 1)
  }

  @Test func anErasedUserIsGoneAndTheOldLogDoesNotBringTheUserBack() throws {
    let first = writer()
    _ = try first.open()
    like(first, user: "ann", item: "a", offset: 0)
    _ = try first.commit(nextOffset: 1, observer: SilentApplyObserver())
    Array("ann".utf8).withUnsafeBytes { id in
      #expect(first.erase(user: id, userHash: Hash64.of(id), timeMs: 5, offset: 1))
    }
    like(first, user: "ann", item: "z", offset: 2)
    _ = try first.commit(nextOffset: 3, observer: SilentApplyObserver())
    #expect(try record(of: "ann")?.eventCount == 1)
    Array("ann".utf8).withUnsafeBytes { id in
      #expect(first.erase(user: id, userHash: Hash64.of(id), timeMs: 5, offset: 3))
    }
    _ = try first.commit(nextOffset: 4, observer: SilentApplyObserver())
    #expect(try record(of: "ann") == nil)
    // The old events come again, as from a log that is read from its start by an owner who knows no better.
    let again = writer()
    _ = try again.open()
    like(again, user: "ann", item: "a", offset: 0)
    _ = try again.commit(nextOffset: 5, observer: SilentApplyObserver())
    #expect(try record(of: "ann") == nil)
  }

  @Test func anotherLogIsRefusedUnlessItIsTheEmbeddedOne() throws {
    let writer = writer()
    _ = try writer.open()
    like(writer, user: "ann", item: "a", offset: 10)
    _ = try writer.commit(nextOffset: 11, observer: SilentApplyObserver())
    #expect(throws: IngestError.self) {
      _ = try self.writer(log: LogName("other/interactions", isEphemeral: false)).open()
    }
    let embedded = self.writer(log: LogName("embedded-2", isEphemeral: true))
    #expect(try embedded.open() == nil)
    like(embedded, user: "ann", item: "b", offset: 0)
    #expect(try embedded.commit(nextOffset: 1, observer: SilentApplyObserver()) == .committed)
    #expect(try record(of: "ann")?.eventCount == 2)
  }

  /// The observer sees each list once, with the record as it was before.
  @Test func shownListsReachTheObserverOnce() throws {
    final class Shown: ApplyObserver {
      var seen: [(places: [ShownPlace], events: UInt64)] = []
      func willApply(
        _ event: Interaction, to record: borrowing UserRecord, view: inout UserVectorState?, userHash: UInt64
      ) -> Bool { false }
      func didApply(_ entry: AppliedEntry) {}
      func wasDuplicate() {}
      func didErase(userHash: UInt64) {}
      func didShow(
        _ places: [ShownPlace], timeMs: Int64, to record: borrowing UserRecord, view: UserVectorState?, userHash: UInt64
      ) { seen.append((places, record.eventCount)) }
    }
    let writer = writer()
    _ = try writer.open()
    let places = [
      ShownPlace(item: ItemKey(EntityID("a")), position: 1), ShownPlace(item: ItemKey(EntityID("b")), position: 9),
    ]
    func show(offset: Int64, event: UInt64) {
      Array("ann".utf8).withUnsafeBytes { id in
        #expect(
          writer.impression(
            user: id, userHash: Hash64.of(id), shown: places, timeMs: 1_000 + offset, eventHash: event, offset: offset))
      }
    }
    like(writer, user: "ann", item: "x", offset: 0)
    show(offset: 1, event: 5)
    like(writer, user: "ann", item: "a", offset: 2)
    show(offset: 3, event: 5)
    let observer = Shown()
    #expect(try writer.commit(nextOffset: 4, observer: observer) == .committed)
    #expect(observer.seen.count == 1, "the second has the first one's id")
    #expect(observer.seen.first?.places == places && observer.seen.first?.events == 1)
    #expect(try record(of: "ann")?.impressionCount == 1)
  }
}
