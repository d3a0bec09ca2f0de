import Glibc
import Telemetry

/// Runs services together: started in order, stopped in reverse, and one's failure is everybody's end.
///
/// A signal asks the group to stop; a second one ends the process at once.
public final class ServiceGroup: Sendable {
  /// What becomes of the group when a service's `run` returns unasked.
  public enum Finish: Sendable {
    /// The group stops: a server that returns has failed.
    case stopsGroup
    /// The others go on: a task with an end of its own, such as replaying a data set.
    case goesOn
  }

  /// A service and how it is run.
  public struct Member: Sendable {
    let service: any Service
    let finish: Finish
    let nice: Int32

    public init(_ service: any Service, whenFinished finish: Finish = .stopsGroup, nice: Int32 = 0) {
      self.service = service
      self.finish = finish
      self.nice = nice
    }
  }

  /// Why the group ended.
  public enum Outcome: Sendable, Equatable {
    case signal(Int32)
    case finished(service: String)
    case stopped
  }

  private enum Event: Sendable {
    case signal(Int32)
    case stop
    case returned(Int, (any Error)?)
  }

  private struct Running {
    let index: Int
    let thread: ServiceThread
  }

  private let members: [Member]
  private let grace: Duration
  private let signals: [Int32]
  private let log: Logger
  private let events = Condition<[Event]>([])

  /// - Parameters:
  ///   - members: in the order in which they start.
  ///   - grace: the time that all together have for stopping.
  ///   - signals: what asks for an end; none in tests that run beside others.
  public init(
    _ members: [Member], grace: Duration = .seconds(5), signals: [Int32] = SignalSource.termination,
    log: Logger = Logger("lifecycle")
  ) {
    self.members = members
    self.grace = grace
    self.signals = signals
    self.log = log
  }

  /// Asks the group to stop, as a signal would. Any thread.
  public func stop() { events.update { $0.append(.stop) } }

  /// Starts everything, waits for the first reason to end, stops everything.
  ///
  /// Blocks the calling thread; call it once.
  public func run() throws(ServiceGroupError) -> Outcome {
    let source = try signalSource()
    defer { source?.close() }
    var running: [Running] = []
    let outcome = serve(&running)
    let late = stopAll(running)
    switch outcome {
    case .failure(let failure): throw ServiceGroupError(failure.service, failure.cause, late: late)
    case .success(let reason):
      if let first = late.first { throw ServiceGroupError(first, ServiceGroupError.Late(grace: grace), late: late) }
      if let failure = failureWhileStopping() { throw failure }
      return reason
    }
  }

  /// Starts all, then waits for the first reason to end; what it started is in `running`, whatever the result.
  private func serve(_ running: inout [Running]) -> Result<Outcome, ServiceGroupError> {
    do throws(ServiceGroupError) {
      for index in members.indices {
        running.append(try start(index))
        if let reason = try reason(atMost: .zero) { return .success(reason) }
      }
      while true {
        if let reason = try reason(atMost: nil) { return .success(reason) }
      }
    } catch {
      return .failure(error)
    }
  }

  private func signalSource() throws(ServiceGroupError) -> SignalSource? {
    guard !signals.isEmpty else { return nil }
    let asked = Condition(false)
    do {
      return try SignalSource(signals) { [log, events] signal in
        let second = asked.update { asked in
          defer { asked = true }
          return asked
        }
        if second {
          log.warning("second signal: ending at once", ["signal": .integer(signal)])
          log.sink.flush(within: .milliseconds(200))
          _exit(128 + signal)
        }
        events.update { $0.append(.signal(signal)) }
      }
    } catch {
      throw ServiceGroupError("signals", error)
    }
  }

  private func start(_ index: Int) throws(ServiceGroupError) -> Running {
    let service = members[index].service
    log.debug("starting", ["service": "\(service.name)"])
    do {
      try service.start()
    } catch {
      // What start opened before it failed is freed by stop.
      service.stop(by: Deadline(after: grace))
      throw ServiceGroupError(service.name, error)
    }
    do {
      let thread = try ServiceThread(service.name, nice: members[index].nice) { [events] in
        var failure: (any Error)?
        do { try service.run() } catch { failure = error }
        events.update { $0.append(.returned(index, failure)) }
      }
      log.info("started", ["service": "\(service.name)"])
      return Running(index: index, thread: thread)
    } catch {
      service.stop(by: Deadline(after: grace))
      throw ServiceGroupError(service.name, error)
    }
  }

  /// - Returns: nil when there is none yet, or a service finished that may.
  private func reason(atMost limit: Duration?) throws(ServiceGroupError) -> Outcome? {
    let event = events.wait(atMost: limit) { $0.isEmpty ? nil : $0.removeFirst() }
    switch event {
    case nil: return nil
    case .stop: return .stopped
    case .signal(let signal):
      log.notice("stopping on a signal", ["signal": .integer(signal)])
      return .signal(signal)
    case .returned(let index, let failure):
      let member = members[index]
      if let failure { throw ServiceGroupError(member.service.name, failure) }
      log.info("finished", ["service": "\(member.service.name)"])
      return member.finish == .goesOn ? nil : .finished(service: member.service.name)
    }
  }

  /// - Returns: the services that did not stop in time.
  private func stopAll(_ running: [Running]) -> [String] {
    let deadline = Deadline(after: grace)
    var late: [String] = []
    for entry in running.reversed() {
      let service = members[entry.index].service
      log.debug("stopping", ["service": "\(service.name)"])
      service.stop(by: deadline)
      if entry.thread.join(atMost: deadline.remaining) {
        log.info("stopped", ["service": "\(service.name)"])
      } else {
        log.error("did not stop in time", ["service": "\(service.name)", "grace_s": .real(grace.inSeconds)])
        late.append(service.name)
      }
    }
    return late
  }

  private func failureWhileStopping() -> ServiceGroupError? {
    events.update { events in
      for case .returned(let index, let failure?) in events {
        return ServiceGroupError(members[index].service.name, failure)
      }
      return nil
    }
  }
}

/// A group ended by a failure.
public struct ServiceGroupError: Error, CustomStringConvertible {
  /// A service did not return from `run` before the deadline.
  public struct Late: Error, CustomStringConvertible {
    let grace: Duration
    public var description: String { "did not stop within \(grace)" }
  }

  /// The first that failed.
  public let service: String
  public let cause: any Error
  /// Those that did not stop in time.
  public let late: [String]

  init(_ service: String, _ cause: any Error, late: [String] = []) {
    self.service = service
    self.cause = cause
    self.late = late
  }

  public var description: String {
    "\(service): \(cause)" + (late.isEmpty ? "" : "; not stopped in time: \(late.joined(separator: ", "))")
  }
}
