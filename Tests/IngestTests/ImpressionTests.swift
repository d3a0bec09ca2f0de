import Identity
import Recommender
import State
import Streams
import TestSupport
import Testing
import Training

@testable import Ingest

/// Lists that users were shown, through a real member: groups with positions come out.
@Suite(.serialized) struct ImpressionTests {
  private func list(_ user: String, _ items: [Int], positions: [Int]? = nil, at timeMs: Int64, id: String) -> String {
    let places = positions.map { ",\"positions\":\($0)" } ?? ""
    return
      "{\"type\":\"impression\",\"user\":\"\(user)\",\"items\":\(items)\(places),\"timestamp\":\(timeMs),\"event_id\":\"\(id)\"}"
  }

  private func like(_ user: String, _ item: Int, at timeMs: Int64) -> String {
    "{\"type\":\"like\",\"user\":\"\(user)\",\"item\":\(item),\"timestamp\":\(timeMs)}"
  }

  @Test func shownListsBecomeGroups() throws {
    let live = try LiveMember(seed: 2)
    try live.run()
    let now = LiveMember.start
    let events = [
      list("ann", [3, 1, 4, 2], at: now, id: "a"),
      // The same event once more: one group.
      list("ann", [3, 1, 4, 2], at: now, id: "a"),
      like("ann", 4, at: now + 1_000),
      // Nothing of it is liked; only one item is known; the user is erased.
      list("bob", [5, 6], at: now + 2_000, id: "b"),
      list("cat", [7, 99_999], at: now + 2_000, id: "c"),
      list("dan", [1, 2], at: now + 3_000, id: "d"),
      like("dan", 2, at: now + 4_000),
      "{\"type\":\"erase\",\"user\":\"dan\"}",
      // An item that was liked before is no candidate; positions are the page's own.
      like("eve", 0, at: now + 5_000),
      list("eve", [0, 1, 2, 3], positions: [1, 2, 40, 41], at: now + 6_000, id: "e"),
      like("eve", 3, at: now + 7_000), like("eve", 1, at: now + 900_000),
      // The windows end.
      like("fay", 1, at: now + 10_000_000),
    ]
    for event in events { try live.send(event) }
    let groups = try read(live, shown: 2)
    #expect(groups.count == 2, "\(groups.map { $0.positions })")
    // Rows stand in the candidates' order.
    for (user, labels) in [("ann", [UInt8(1): 0, 2: 0, 3: 3, 4: 0]), ("eve", [2: 3, 40: 0, 41: 3])] {
      let group = try #require(groups.first { $0.userHash == Hash64.of(Array(user.utf8)) }, "\(user)")
      #expect(Dictionary(uniqueKeysWithValues: zip(group.positions, group.labels.map { Int($0) })) == labels, "\(user)")
      #expect(group.rows.count == labels.count * live.keeper.holder.current.registry.count)
    }
    #expect(throws: Never.self) { try live.stop()?.get() }
  }

  /// What the member has sent to `ranking-samples`, of shown lists.
  private func read(_ live: LiveMember, shown count: Int) throws -> [TrainingGroup] {
    let consumer = try StreamConsumer(live.broker.configuration, group: "look", clientID: "look")
    defer { consumer.close() }
    let owner = FromTheStart()
    try consumer.subscribe(["ranking-samples"], owner: owner)
    var groups: [TrainingGroup] = []
    var all = 0
    // The group of fay's like is not due yet: ann's, dan's and eve's likes make four, less dan's that was erased.
    _ = try Waiting.until(seconds: 60) {
      _ = try consumer.withBatch(maximumRecords: 100, timeout: .milliseconds(100)) { batch in
        try batch.forEach { record in
          guard let payload = record.payload else { return }
          let group = try GroupCodec.decode(payload)
          all += 1
          if !group.positions.isEmpty { groups.append(group) }
        }
      }
      return groups.count >= count && all >= count + 1
    }
    return groups
  }
}

private final class FromTheStart: PartitionOwner {
  func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
    Dictionary(uniqueKeysWithValues: partitions.map { ($0, StartOffset.beginning) })
  }
  func revoked(_ partitions: [TopicPartition]) {}
  func outOfRange(_ partition: TopicPartition, wanted: Int64, log: Watermarks) -> StartOffset? { .beginning }
}
