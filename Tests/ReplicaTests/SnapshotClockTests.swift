import Lifecycle
import TestSupport
import Testing

@testable import Replica

@Suite struct SnapshotClockTests {
  @Test func aStreamThatMovesFastIsFollowedBySnapshots() {
    var snapshot = SnapshotClock(.seconds(3_600), streamLimit: 400, sequences: [0: 1_000, 1: 50], SystemClock())
    func isDue(_ events: UInt64, _ sequences: [Int32: UInt64], isLast: Bool = false) -> Bool {
      snapshot.isDue(events: events, revision: 0, sequences: sequences, isLast: isLast)
    }
    #expect(!isDue(1, [0: 1_099, 1: 149]))
    #expect(isDue(2, [0: 1_099, 1: 150]), "a quarter of what the stream keeps")
    snapshot.wasTaken(nanoseconds: 0)
    #expect(!isDue(3, [0: 1_198, 1: 249]))
    #expect(isDue(4, [0: 1_199, 1: 249]))
    // One that took long is followed by a rest, until half of what the stream keeps has passed.
    snapshot.wasTaken(nanoseconds: 3_600_000_000_000)
    #expect(!isDue(5, [0: 1_398, 1: 448]))
    #expect(isDue(5, [0: 1_399, 1: 448]))
    snapshot.wasTaken(nanoseconds: 3_600_000_000_000)
    #expect(!isDue(6, [0: 1_400, 1: 449]))
    #expect(isDue(6, [:], isLast: true), "now or never")
    #expect(!isDue(6, [:], isLast: true), "nothing has changed")
  }
}
