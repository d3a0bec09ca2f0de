import Testing

@testable import Serving

@Suite struct StoreGateTests {
  @Test func oneAsksAtATimeWhileTheStoreIsAway() {
    let gate = StoreGate()
    #expect(gate.admit(now: 0) && gate.admit(now: 0))
    #expect(gate.failed(now: 1_000))
    #expect(!gate.failed(now: 2_000))
    let due = 2_000 + StoreGate.probeInterval
    #expect(!gate.admit(now: due - 1))
    #expect(gate.admit(now: due))
    #expect(!gate.admit(now: due + 1))
    #expect(!gate.failed(now: due + 5))
    #expect(!gate.admit(now: due + 6))
    #expect(gate.admit(now: due + 5 + StoreGate.probeInterval))
    #expect(gate.succeeded())
    #expect(!gate.succeeded())
    #expect(gate.admit(now: 0) && gate.admit(now: 0))
  }
}
