import Identity
import Testing

@testable import State

/// Which items count as cold, and that their list stays bounded.
@Suite struct ColdListTests {
  private static func id(_ item: Int) -> EntityID { EntityID(Int64(item)) }

  private func cold(_ state: ItemState) -> [ItemIndex] {
    let buffer = UnsafeMutableBufferPointer<ItemIndex>.allocate(capacity: ColdList.capacity)
    defer { buffer.deallocate() }
    return Array(buffer[..<state.coldItems(into: buffer)])
  }

  private func learn(_ state: ItemState, item: Int, times: Int) {
    for time in 0..<times {
      let event = Interaction(
        item: ItemKey(Self.id(item)), typeCode: 0, signal: .neutral, grade: Grade(3), timeMs: Int64(time))
      state.learn(AppliedEntry(interaction: event, userHash: UInt64(time)), id: Self.id(item))
    }
  }

  @Test func newestFirstUntilTenEvents() throws {
    let state = ItemState()
    for item in 0..<5 { state.describe(Self.id(item), ItemMetadata(title: "t")) }
    #expect(cold(state) == [4, 3, 2, 1, 0])
    learn(state, item: 3, times: 9)
    #expect(cold(state) == [4, 3, 2, 1, 0])
    learn(state, item: 3, times: 1)
    #expect(cold(state) == [4, 2, 1, 0], "ten events make it warm")
    state.describe(Self.id(3), ItemMetadata(title: "another"))
    state.describe(Self.id(0), ItemMetadata(title: "another"))
    #expect(cold(state) == [4, 2, 1, 0], "a changed description is no new item")
    state.remove(ItemKey(Self.id(2)))
    #expect(cold(state) == [4, 1, 0])
  }

  @Test func anItemThatOnlyEventsNameComesInWithItsDescription() {
    let state = ItemState()
    learn(state, item: 7, times: 2)
    #expect(cold(state).isEmpty)
    state.describe(Self.id(7), ItemMetadata(title: "t"))
    #expect(cold(state) == [0])
    learn(state, item: 8, times: 10)
    state.describe(Self.id(8), ItemMetadata(title: "t"))
    #expect(cold(state) == [0], "it is warm already")
  }

  @Test func aFullListForgetsTheOldest() {
    let state = ItemState()
    let count = ColdList.capacity + 30
    for item in 0..<count { state.describe(Self.id(item), ItemMetadata(title: "t")) }
    #expect(cold(state) == (30..<count).reversed().map { ItemIndex($0) })
  }

  @Test func aSnapshotGivesTheNewestBack() throws {
    let state = ItemState()
    let count = ColdList.capacity + 30
    for item in 0..<count { state.describe(Self.id(item), ItemMetadata(title: "t")) }
    learn(state, item: count - 1, times: 12)
    learn(state, item: 100_000, times: 1)
    let bytes = state.snapshot()
    let restored = try bytes.withUnsafeBytes { try ItemState.restored(from: $0) }
    #expect(cold(restored) == (29..<count - 1).reversed().map { ItemIndex($0) })
    try bytes.withUnsafeBytes { try state.restore(from: $0) }
    #expect(cold(state) == cold(restored))
  }
}
