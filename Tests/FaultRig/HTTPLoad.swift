import Foundation
import Synchronization
import TestSupport

/// Sends events over HTTP as a careful client does: each request again, with the same event ids, until it is
/// acknowledged.
final class HTTPLoad: Sendable {
  private static let pause = 0.06
  private static let retryPause = 0.05

  private let source: Mutex<EventSource>
  private let random: Mutex<SeededRandom>
  private let servers: [RigProcess]
  private let ledger: Ledger
  private let gate: LoadGate
  private let retries = Atomic<Int>(0)

  init(_ servers: [RigProcess], source: EventSource, seed: UInt64, ledger: Ledger, gate: LoadGate) {
    self.servers = servers
    self.source = Mutex(source)
    random = Mutex(SeededRandom(seed: seed))
    self.ledger = ledger
    self.gate = gate
  }

  var retryCount: Int { retries.load(ordering: .relaxed) }

  func start() {
    let thread = Thread { [self] in
      while gate.enter() {
        deliver()
        gate.leave()
        RigClock.sleep(Self.pause)
      }
    }
    thread.name = "http-load"
    thread.start()
  }

  private func deliver() {
    let (count, waits, first) = random.withLock { random in
      (
        Int.random(in: 1...3, using: &random), Int.random(in: 0..<5, using: &random) == 0,
        Int.random(in: 0..<servers.count, using: &random)
      )
    }
    let events = (0..<count).map { _ in source.withLock { $0.next(nowMs: RigClock.wallMs) } }
    let body = "[" + events.map(\.payload).joined(separator: ",") + "]"
    var turn = first
    while !gate.isEnded {
      let server = servers[turn % servers.count]
      turn += 1
      if post(body, events, waits: waits, to: server) { return }
      retries.add(1, ordering: .relaxed)
      RigClock.sleep(Self.retryPause)
    }
  }

  /// - Returns: whether the events were acknowledged.
  private func post(_ body: String, _ events: [SourceEvent], waits: Bool, to server: RigProcess) -> Bool {
    guard let answer = try? RawClient(port: server.port).post("/events?wait=\(waits ? "applied" : "broker")", body)
    else { return false }
    switch answer.status {
    case 200, 202:
      guard answer.text.contains("\"accepted\":\(events.count),") else {
        ledger.problem("POST /events took only a part of \(body): \(answer.text)")
        return true
      }
      for event in events {
        ledger.produced()
        ledger.acknowledged(event)
      }
      return true
    case 503:
      if answer.headers["retry-after"] == nil {
        ledger.problem("POST /events: 503 without Retry-After: \(answer.text)")
      }
      return false
    default:
      ledger.problem("POST /events to \(server.name): \(answer.status) \(answer.text)")
      return false
    }
  }
}
