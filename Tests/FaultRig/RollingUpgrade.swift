import Foundation
import Synchronization
import TestSupport

/// Replaces every process, one after another, under load that comes through a balancer which knows nothing but ports.
public struct RollingUpgrade: Sendable {
  public var requests = 0
  public var failures: [String] = []
  public var seconds = 0.0
  public var verdict: Verdict

  private static let clients = 4

  /// - Parameter rig: with both servers up and ready.
  public init(_ rig: FaultRig) throws {
    let balancer = try TCPProxy(targets: rig.servers.map(\.port))
    defer { balancer.close() }
    let clients = (0..<Self.clients).map { UpgradeClient(balancer.port, isReader: $0 > 0) }
    for client in clients { client.start() }
    let began = RigClock.now
    for process in rig.ingest + [rig.train] + rig.servers {
      let status = process.terminate(seconds: 20)
      if status != 0 {
        rig.ledger.problem("SIGTERM of \(process.name): status \(status.map(String.init) ?? "none")\n\(process.tail)")
        process.kill()
      }
      try process.start()
      try process.waitUntilReady()
    }
    seconds = RigClock.now - began
    for client in clients { client.end() }
    for client in clients {
      requests += client.figures.requests
      failures += client.figures.failures
    }
    verdict = try rig.verify()
    rig.goOn()
  }
}

/// Sends one request after another, each on a connection of its own, and never a second time.
private final class UpgradeClient: Sendable {
  struct Figures: Sendable {
    var requests = 0
    var failures: [String] = []
    var hasEnded = false
  }

  private let port: UInt16
  /// Else it writes events.
  private let isReader: Bool
  private let state = Mutex(Figures())
  private let gate = LoadGate()

  init(_ port: UInt16, isReader: Bool) {
    self.port = port
    self.isReader = isReader
  }

  var figures: Figures { state.withLock { $0 } }

  func start() {
    Thread { [self] in
      var number = 0
      while gate.enter() {
        number += 1
        request(number)
        gate.leave()
        RigClock.sleep(0.005)
      }
      state.withLock { $0.hasEnded = true }
    }.start()
  }

  func end() {
    gate.end()
    _ = Waiting.until { state.withLock { $0.hasEnded } }
  }

  private func request(_ number: Int) {
    do {
      let client = try RawClient(port: port)
      let answer =
        isReader
        ? try client.get("/recommend/\(number % EventSource.users)?k=10", headers: ["Connection: close"])
        : try client.post(
          "/events?wait=broker", "{\"type\":\"view\",\"user\":\"upgrade-\(number % 50)\",\"item\":\(number % 100)}",
          headers: ["Connection: close"])
      state.withLock { state in
        state.requests += 1
        if answer.status / 100 != 2 { state.failures.append("\(answer.status) \(answer.text)") }
      }
    } catch {
      state.withLock { state in
        state.requests += 1
        state.failures.append("\(isReader ? "GET /recommend" : "POST /events"): \(error)")
      }
    }
  }
}
