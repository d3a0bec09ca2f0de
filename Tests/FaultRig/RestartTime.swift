import Foundation
import TestSupport

/// From `kill -9` of `freshet run` and its Redis to the first answer that knows its user: on the state of a data set.
public struct RestartTime {
  public private(set) var seconds: [Double] = []

  private static let historySeconds = 300.0
  /// A user of every MovieLens set.
  private static let user = "42"

  /// - Parameter data: folder of the data set.
  public init(data: String, times: Int) throws {
    let folder = try TemporaryFolder()
    let process = try RigProcess(
      name: "run", program: FaultRig.program,
      arguments: ["run", "--data", data, "--state", folder.path + "/state", "--log-format", "human"],
      environment: ["KAFKA_BROKERS": nil, "REDIS_URL": nil, "OMP_WAIT_POLICY": "passive"], folder: folder.path)
    try process.start()
    guard Waiting.until(seconds: Self.historySeconds, everyMs: 200, { process.tail.contains("the history is applied") })
    else { throw TestToolError("the data set is not applied within \(Self.historySeconds) s:\n\(process.tail)") }
    for _ in 0..<times {
      // Some seconds of live events, and a snapshot or not, as it comes.
      RigClock.sleep(Double.random(in: 1...5))
      process.kill()
      let began = RigClock.now
      try process.launch()
      let serves = Waiting.until(seconds: 60, everyMs: 2) { (try? Self.knowsUser(process)) ?? false }
      guard serves else { throw TestToolError("run does not serve again:\n\(process.tail)") }
      seconds.append(RigClock.now - began)
    }
    process.kill()
  }

  private static func knowsUser(_ process: RigProcess) throws -> Bool {
    let answer = try process.recommend(user)
    guard answer.status == 200 else { return false }
    let events = answer.text.split(separator: "\"user_events\":").dropFirst().first?.prefix { $0.isNumber } ?? "0"
    return Int(events) ?? 0 > 0
  }

  public var summary: String {
    let sorted = seconds.sorted()
    return "kill -9 to serving again, \(sorted.count) times: median \(FaultRun.short(sorted[sorted.count / 2])) s, "
      + "worst \(FaultRun.short(sorted[sorted.count - 1])) s"
  }
}
