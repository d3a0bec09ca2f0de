import Foundation
import Glibc
import Synchronization
import TestSupport

/// Lets load threads run, holds them between two pieces of work, or ends them.
final class LoadGate: Sendable {
  private struct State {
    var isOpen = true
    var isEnded = false
    var working = 0
  }

  private let state = Mutex(State())

  /// Waits while the gate is closed.
  /// - Returns: false at the end.
  func enter() -> Bool {
    while true {
      let (mayGo, isEnded) = state.withLock { state in
        if state.isOpen && !state.isEnded { state.working += 1 }
        return (state.isOpen, state.isEnded)
      }
      if isEnded { return false }
      if mayGo { return true }
      usleep(2_000)
    }
  }

  func leave() { state.withLock { $0.working -= 1 } }

  /// Holds everybody, and waits until nobody works.
  func close(seconds: Double) throws {
    state.withLock { $0.isOpen = false }
    guard Waiting.until(seconds: seconds, { state.withLock { $0.working == 0 } }) else {
      throw TestToolError("the load does not come to rest within \(seconds) s")
    }
  }

  func open() { state.withLock { $0.isOpen = true } }
  func end() { state.withLock { $0.isEnded = true } }
  var isEnded: Bool { state.withLock { $0.isEnded } }
}

enum RigClock {
  /// Seconds of the monotonic clock.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Unix time in milliseconds.
  static var wallMs: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  static func sleep(_ seconds: Double) { usleep(UInt32(max(0, seconds) * 1e6)) }
}
