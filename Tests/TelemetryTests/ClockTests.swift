import Foundation
import Lifecycle
import Testing

@Suite struct ClockTests {
  @Test func aManualClockMovesOnlyWhenMoved() {
    let clock = ManualClock(nowMilliseconds: 1_000)
    #expect(clock.nowMilliseconds == 1_000)
    clock.advance(by: .milliseconds(1_500))
    #expect(clock.nowMilliseconds == 2_500)
    #expect(clock.monotonicNanoseconds == 1_500_000_000)
  }

  @Test func theSystemClockAgreesWithFoundation() {
    let difference = Date().timeIntervalSince1970 - Double(SystemClock().nowMilliseconds) / 1_000
    #expect(abs(difference) < 5)
    let first = SystemClock().monotonicNanoseconds
    #expect(SystemClock().monotonicNanoseconds >= first)
  }

  @Test func aDeadlineRunsOutWithItsClock() {
    let clock = ManualClock()
    let deadline = Deadline(after: .seconds(3), clock: clock)
    #expect(deadline.remaining == .seconds(3))
    #expect(deadline.remaining(atMost: .seconds(1)) == .seconds(1))
    clock.advance(by: .seconds(2))
    #expect(deadline.remaining == .seconds(1))
    #expect(!deadline.hasPassed)
    clock.advance(by: .seconds(5))
    #expect(deadline.remaining == .zero)
    #expect(deadline.hasPassed)
  }

  @Test func extremeDurationsAreClamped() {
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    #expect(Deadline(after: .seconds(Int64.max)).remaining > .seconds(1_000_000))
    #expect(Deadline(after: .seconds(-1)).hasPassed)
  }
}

@Suite struct ConditionTests {
  @Test func awaitingSeesAChangeOfAnotherThread() throws {
    let condition = Condition(0)
    let thread = try ServiceThread("writer") { for _ in 0..<100 { condition.update { $0 += 1 } } }
    #expect(condition.wait(atMost: .seconds(10)) { $0 == 100 ? $0 : nil } == 100)
    #expect(thread.join(atMost: .seconds(10)))
  }

  @Test func awaitingEndsWhenTheTimeIsUp() {
    #expect(Condition(0).wait(atMost: .milliseconds(5)) { $0 == 1 ? true : nil } == nil)
    #expect(Condition(0).wait(atMost: .zero) { $0 == 0 ? true : nil } == true)
  }
}

@Suite struct ServiceThreadTests {
  @Test func hasItsNameAndPriorityAndBlocksSignals() throws {
    let seen = Condition<[String]>([])
    let thread = try ServiceThread("train-with-a-long-name", nice: 7) {
      let name = (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
      let stat = (try? String(contentsOfFile: "/proc/thread-self/stat", encoding: .utf8)) ?? ""
      let status = (try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)) ?? ""
      let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
      let blocked = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") } ?? ""
      let mask = UInt64(blocked.split(separator: "\t").last ?? "", radix: 16) ?? 0
      let terminationBlocked = [SIGTERM, SIGINT].allSatisfy { mask & (1 << UInt64($0 - 1)) != 0 }
      seen.update { $0 = [name, fields.count > 16 ? String(fields[16]) : "", "\(terminationBlocked)"] }
    }
    #expect(thread.join(atMost: .seconds(10)))
    #expect(thread.hasFinished)
    #expect(seen.update { $0 } == ["train-with-a-lo\n", "7", "true"])
  }
}
