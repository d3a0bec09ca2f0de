import FaultRig
import Foundation
import TestSupport
import Testing

/// The short form of `make faults`: real broker, real Redis, real processes, one round of each family of faults.
@Suite(.serialized) struct FaultTests {
  @Test(.enabled(if: KafkaBroker.isAvailable, "no Kafka: set KAFKA_HOME to a distribution"))
  func nothingIsLostAndNothingTwice() throws {
    let seed =
      ProcessInfo.processInfo.environment["FRESHET_FAULT_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
    print("fault seed \(seed)")
    let rig = try FaultRig(seed: seed)
    defer { rig.close() }
    let run = FaultRun(rig, seed: seed)
    try run.rounds(Fault.short.count, of: Fault.short)
    let upgrade = try run.upgrade()
    print(run.table)
    #expect(upgrade.failures.isEmpty && upgrade.requests > 0)
    #expect(run.problems.isEmpty, "FRESHET_FAULT_SEED=\(seed): \(run.problems.joined(separator: "\n"))")
    #expect(run.lines.count == Fault.short.count)

    // It would have seen a loss, and a repetition.
    let test = try SelfTest(rig)
    print(test.table)
    #expect(test.findings.count == 3 && test.findings.allSatisfy(\.isSeen), "\(test.table)")
  }

  /// What the rig is there to find, it finds: otherwise its zeros would say nothing.
  @Test(.enabled(if: KafkaBroker.isAvailable, "no Kafka: set KAFKA_HOME to a distribution"))
  func theRigFindsWhatIsLostOrTwice() throws {
    let rig = try FaultRig(seed: 77)
    defer { rig.close() }
    for (sabotage, lost, twice) in [(Sabotage.dropApplied, 1, 0), (.applyTwice, 0, 1), (.loseAcknowledged, 1, 0)] {
      let verdict = try rig.verdict(after: sabotage)
      #expect(verdict.lost == lost && verdict.twice == twice, "\(sabotage): \(verdict)")
      #expect(!verdict.problems.isEmpty)
    }
  }

  @Test(.enabled(if: KafkaBroker.isAvailable, "no Kafka: set KAFKA_HOME to a distribution"))
  func theRigFindsCountersThatAreWrong() throws {
    let rig = try FaultRig(seed: 78)
    defer { rig.close() }
    let verdict = try rig.verdict(after: .learnTwice)
    #expect(verdict.problems.count { $0.contains("items wrongly") } == 2, "one line a server: \(verdict.problems)")
  }
}
