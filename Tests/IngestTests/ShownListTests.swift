import Features
import Identity
import TestSupport
import Testing

@testable import Training

/// From a shown list in the log to a group in the trainer's window, through real parts.
@Suite(.serialized) struct ShownListTests {
  @Test func aShownListBecomesAGroupWithItsPlaces() throws {
    let rig = try LiveRig()
    defer { rig.stop() }
    var world = SortedTastes(seed: 5)
    for _ in 0..<300 {
      let like = world.next()
      try rig.like(user: like.user, item: like.item, timeMs: like.timeMs)
    }
    // Whom nobody knows is offered what is popular: so are these.
    let items = Array(0..<5)
    let now = world.timeMs
    for user in 950..<960 {
      for item in items { try rig.like(user: user, item: item, timeMs: now) }
    }
    #expect(rig.settle())
    // 900 takes one of it, 901 nothing, 902 takes one and is erased, 903 takes one half an hour too late.
    for user in 900...903 {
      try rig.show(user: user, items: items + [777_777], positions: [2, 1, 3, 5, 9, 4], timeMs: now)
    }
    // Step by step: shards are read side by side, and the time is that of the newest event in any of them.
    try rig.like(user: 900, item: 3, timeMs: now + 20_000)
    try rig.like(user: 902, item: 3, timeMs: now + 20_000)
    #expect(rig.settle())
    try rig.erase(user: 902, timeMs: now + 30_000)
    try rig.like(user: 902, item: 100, timeMs: now + 40_000)
    #expect(rig.settle())
    try rig.like(user: 903, item: 3, timeMs: now + 1_800_000)
    #expect(rig.settle())
    for user in 910..<930 { try rig.like(user: user, item: 100, timeMs: now + 3_700_000) }
    #expect(rig.settle())
    #expect(Waiting.until { rig.inbox.groupWindow().groups.contains { $0.wasShown } })
    let hash = EntityID(900).hash64
    let shown = rig.inbox.groupWindow().groups.filter { $0.wasShown }
    #expect(shown.map(\.userHash) == [hash], "only one list taught something")
    let group = try #require(shown.first)
    #expect(group.positions == [2, 1, 3, 5, 9] && group.labels == [0, 0, 0, 3, 0], "what is unknown is left out")
    #expect(group.timeMs == now && group.rows.count == 5 * FeatureRegistry.standard.count)
    #expect(group.rows.allSatisfy { $0.isFinite })
    // The like itself was ranked as well, and its group has the list as it was before.
    #expect(rig.inbox.groupWindow().groups.contains { $0.userHash == hash && !$0.wasShown })
  }
}
