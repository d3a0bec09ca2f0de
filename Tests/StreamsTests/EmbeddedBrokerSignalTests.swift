import Foundation
import Streams
import TestSupport
import Testing

struct EmbeddedBrokerSignalTests {
  /// A signal that the kernel hands to the cluster's thread interrupts its poll, and the cluster is gone: every client in
  /// the process then waits for a broker that does not answer, while the process tries to end in good order.
  @Test func noSignalReachesTheClusterThread() throws {
    // As a program's main thread is: the test's own may block what it likes.
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let broker = try EmbeddedBroker()
    var masks: [UInt64] = []
    // The thread names itself a moment after its start.
    let isThere = try Waiting.until(seconds: 10, everyMs: 5) {
      masks = try Self.blockedSignals(ofThreadsNamed: "rdk:mock")
      return !masks.isEmpty
    }
    #expect(isThere, "no such thread; the library names it otherwise")
    for mask in masks {
      for signal in [SIGINT, SIGTERM, SIGHUP] { #expect(mask >> (UInt64(signal) - 1) & 1 == 1, "signal \(signal)") }
    }
    withExtendedLifetime(broker) {}
  }

  /// - Returns: `SigBlk` of `/proc/self/task/N/status`, one for each thread of that name.
  private static func blockedSignals(ofThreadsNamed name: String) throws -> [UInt64] {
    let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
    return tasks.compactMap { task in
      guard let status = try? String(contentsOfFile: "/proc/self/task/\(task)/status", encoding: .utf8) else {
        return nil
      }
      var fields: [Substring: String] = [:]
      for line in status.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 { fields[parts[0]] = parts[1].trimmingCharacters(in: .whitespaces) }
      }
      guard fields["Name"]?.hasPrefix(name) == true else { return nil }
      return fields["SigBlk"].flatMap { UInt64($0, radix: 16) }
    }
  }
}
