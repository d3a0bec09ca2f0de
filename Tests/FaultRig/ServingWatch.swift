import Foundation
import Synchronization
import TestSupport

/// Asks for recommendations all the time, each server on a thread of its own, and keeps the longest time without a good
/// answer from any of them.
final class ServingWatch: Sendable {
  struct Figures: Sendable {
    var answered = 0
    /// 503 by code: each carries a reason.
    var unavailable: [String: Int] = [:]
    /// Seconds between two good answers, whoever gave them.
    var longestGap = 0.0
  }

  private struct State {
    var figures = Figures()
    var lastGood = RigClock.now
  }

  private let state = Mutex(State())
  private let servers: [RigProcess]
  private let ledger: Ledger
  private let gate = LoadGate()
  /// Between two requests to one server.
  private let interval: Double

  init(_ servers: [RigProcess], perSecond: Double, ledger: Ledger) {
    self.servers = servers
    interval = Double(servers.count) / perSecond
    self.ledger = ledger
  }

  func start(seed: UInt64) {
    for (index, server) in servers.enumerated() {
      let thread = Thread { [self] in run(server, SeededRandom(seed: seed &+ UInt64(index))) }
      thread.name = "watch-\(server.name)"
      thread.start()
    }
  }

  func end() { gate.end() }

  /// Figures begin anew.
  func begin() {
    state.withLock { state in
      state.figures = Figures()
      state.lastGood = RigClock.now
    }
  }

  /// Figures since `begin`, a gap that is open included.
  func take() -> Figures {
    state.withLock { state in
      state.figures.longestGap = max(state.figures.longestGap, RigClock.now - state.lastGood)
      return state.figures
    }
  }

  private func run(_ server: RigProcess, _ seeded: SeededRandom) {
    var random = seeded
    var client: RawClient?
    while gate.enter() {
      let began = RigClock.now
      let before = server.upGeneration
      let number = Int.random(in: 0..<EventSource.users, using: &random)
      let user = number.isMultiple(of: 2) ? "\(number)" : "u-\(number)"
      do {
        let open = try client ?? RawClient(port: server.port)
        client = open
        take(try open.get("/recommend/\(user)?k=10&use_cache=false"), of: server)
      } catch {
        client = nil
        if let before, server.upGeneration == before {
          ledger.problem("GET /recommend at \(server.name), which was up all the time: \(error)")
        }
      }
      gate.leave()
      RigClock.sleep(max(0.001, interval - (RigClock.now - began)))
    }
  }

  private func take(_ answer: RawAnswer, of server: RigProcess) {
    switch answer.status {
    case 200:
      state.withLock { state in
        let now = RigClock.now
        state.figures.answered += 1
        state.figures.longestGap = max(state.figures.longestGap, now - state.lastGood)
        state.lastGood = now
      }
    case 503:
      let code = answer.text.split(separator: "\"").dropFirst(5).first.map(String.init) ?? "?"
      state.withLock { $0.figures.unavailable[code, default: 0] += 1 }
      if code == "?" || answer.headers["retry-after"] == nil {
        ledger.problem("GET /recommend at \(server.name): 503 without a reason: \(answer.text)")
      }
    default: ledger.problem("GET /recommend at \(server.name): \(answer.status) \(answer.text)")
    }
  }
}
