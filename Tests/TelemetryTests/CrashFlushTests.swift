import Foundation
import Telemetry
import Testing

@Suite struct CrashFlushTests {
  @Test func linesThatWaitAreWrittenWhenTheProcessTraps() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { logAndTrap() }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("\"index\":999}"), "\(text.suffix(300))")
  }
}

private func logAndTrap() {
  let sink = LogSink(descriptor: STDERR_FILENO, format: .json)
  CrashFlush.install(for: sink)
  let log = Logger("dying", sink: sink)
  for index in 0..<1_000 { log.info("before the end", ["index": .integer(index)]) }
  let none = [Int](repeating: 0, count: Int(getpid()) & 0)
  log.critical("never logged", ["value": .integer(none[1])])
}
