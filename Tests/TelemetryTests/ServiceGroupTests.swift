import Foundation
import Lifecycle
import Synchronization
import Telemetry
import Testing

/// What happened, in order.
private final class Trace: Sendable {
  private let entries = Mutex<[String]>([])
  func add(_ entry: String) { entries.withLock { $0.append(entry) } }
  var all: [String] { entries.withLock { $0 } }
}

private struct Failure: Error, Equatable, CustomStringConvertible {
  let description: String
}

private func quiet() -> Logger { Logger("test", sink: LogSink(descriptor: 2, level: .critical)) }

private func traced(_ name: String, _ trace: Trace) -> ClosureService {
  ClosureService(
    name, start: { trace.add("start \(name)") }, run: { $0.wait() }, stop: { _ in trace.add("stop \(name)") })
}

@Suite struct ServiceGroupTests {
  @Test func startsInOrderAndStopsInReverse() throws {
    let trace = Trace()
    let group = ServiceGroup(
      [.init(traced("a", trace)), .init(traced("b", trace)), .init(traced("c", trace)), .init(ender())], signals: [],
      log: quiet())
    #expect(try group.run() == .finished(service: "ender"))
    #expect(trace.all == ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
  }

  @Test func aRequestWhileStartingLeavesTheRestUnstarted() throws {
    let trace = Trace()
    let group = ServiceGroup([.init(traced("a", trace)), .init(traced("b", trace))], signals: [], log: quiet())
    group.stop()
    #expect(try group.run() == .stopped)
    #expect(trace.all == ["start a", "stop a"])
  }

  @Test func aServiceThatFailsStopsTheOthers() throws {
    let trace = Trace()
    let group = ServiceGroup(
      [
        .init(traced("a", trace)), .init(traced("b", trace)),
        .init(ClosureService("c", run: { _ in throw Failure(description: "boom") })),
      ], signals: [], log: quiet())
    let error = #expect(throws: ServiceGroupError.self) { try group.run() }
    #expect(error?.service == "c")
    #expect(error?.cause as? Failure == Failure(description: "boom"))
    #expect(error?.description == "c: boom")
    #expect(trace.all == ["start a", "start b", "stop b", "stop a"])
  }

  @Test func aFailedStartStopsWhatWasStarted() throws {
    let trace = Trace()
    let broken = ClosureService(
      "b", start: { throw Failure(description: "port taken") }, stop: { _ in trace.add("stop b") })
    let group = ServiceGroup(
      [.init(traced("a", trace)), .init(broken), .init(traced("c", trace))], signals: [], log: quiet())
    let error = #expect(throws: ServiceGroupError.self) { try group.run() }
    #expect(error?.service == "b")
    #expect(trace.all == ["start a", "stop b", "stop a"])
  }

  @Test func aServiceThatReturnsUnaskedEndsTheGroup() throws {
    let group = ServiceGroup(
      [.init(ClosureService("a")), .init(ClosureService("b", run: { _ in }))], signals: [], log: quiet())
    #expect(try group.run() == .finished(service: "b"))
  }

  @Test func aTaskThatMayFinishLeavesTheOthersRunning() throws {
    let trace = Trace()
    let done = StopRequest()
    let group = Mutex<ServiceGroup?>(nil)
    let waiter = ClosureService(
      "waiter",
      run: { request in
        done.wait()
        trace.add("after the task")
        group.withLock { $0 }?.stop()
        request.wait()
      })
    let made = ServiceGroup(
      [.init(waiter), .init(ClosureService("task", run: { _ in done.make() }), whenFinished: .goesOn)], signals: [],
      log: quiet())
    group.withLock { $0 = made }
    #expect(try made.run() == .stopped)
    #expect(trace.all == ["after the task"])
  }

  @Test func aServiceThatDoesNotStopIsNamedAndTheOthersAreStoppedAllTheSame() throws {
    let trace = Trace()
    let release = StopRequest()
    let group = ServiceGroup(
      [.init(traced("a", trace)), .init(ClosureService("stuck", run: { _ in release.wait() })), .init(ender())],
      grace: .milliseconds(50), signals: [], log: quiet())
    let error = #expect(throws: ServiceGroupError.self) { try group.run() }
    release.make()
    #expect(error?.late.first == "stuck")
    #expect(trace.all == ["start a", "stop a"])
  }

  /// Ends the group by returning.
  private func ender() -> ClosureService { ClosureService("ender", run: { _ in }) }

  @Test func aFailureWhileStoppingIsReported() throws {
    let group = ServiceGroup(
      [
        .init(
          ClosureService(
            "a",
            run: {
              $0.wait()
              throw Failure(description: "flush failed")
            })), .init(ender()),
      ], signals: [], log: quiet())
    let error = #expect(throws: ServiceGroupError.self) { try group.run() }
    #expect(error?.service == "a")
  }
}

@Suite struct SignalSourceTests {
  // What a signal to the whole process does is tested on the built executable, whose threads all block it; here the
  // test runner's threads would die of it.
  @Test func signalsArriveAsCallsInOrder() throws {
    let seen = Condition<[Int32]>([])
    let source = try SignalSource([SIGUSR1, SIGUSR2]) { signal in seen.update { $0.append(signal) } }
    for (count, signal) in [SIGUSR2, SIGUSR1, SIGUSR2].enumerated() {
      source.deliver(signal)
      #expect(seen.wait(atMost: .seconds(10)) { $0.count > count ? true : nil } == true)
    }
    source.close()
    #expect(seen.update { $0 } == [SIGUSR2, SIGUSR1, SIGUSR2])
  }
}
