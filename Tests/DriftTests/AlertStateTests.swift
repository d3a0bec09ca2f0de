import Drift
import Testing

@Suite struct AlertStateTests {
  /// The rule, over the whole sequence: a change needs as many windows in a row against the present state.
  private func naive(_ windows: [Bool], _ hysteresis: Int) -> [AlertState.Change?] {
    var isRaised = false
    var changedAt = 0
    return windows.indices.map { place in
      let start = place - hysteresis + 1
      guard start >= changedAt, windows[start...place].allSatisfy({ $0 != isRaised }) else { return nil }
      isRaised.toggle()
      changedAt = place + 1
      return isRaised ? .raised : .resolved
    }
  }

  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func changesNeedWindowsInARow(seed: UInt64) {
    print("seed \(seed)")
    var random = SeededGenerator(seed)
    let hysteresis = Int.random(in: 1...4, using: &random)
    let share = random.uniform()
    let windows = (0..<200).map { _ in random.uniform() < share }
    var state = AlertState()
    let changes = windows.map { state.observe(isAbove: $0, hysteresis: hysteresis) }
    #expect(changes == naive(windows, hysteresis))
  }

  @Test func phasesTellWhereItStands() {
    var state = AlertState()
    var phases: [AlertState.Phase] = []
    for isAbove in [false, true, false, true, true, false, true, false, false] {
      _ = state.observe(isAbove: isAbove, hysteresis: 2)
      phases.append(state.phase)
    }
    #expect(phases == [.steady, .rising, .steady, .rising, .raised, .falling, .raised, .falling, .steady])
  }
}
