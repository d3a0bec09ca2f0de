import Foundation
import JSON
import TestSupport

/// The built program under test: a role as a process with a port of its own.
final class Freshet: Sendable {
  /// The program that `swift build` has put beside the tests.
  static let executable = FileManager.default.currentDirectoryPath + "/.build/release/freshet"
  /// What a developer's shell may have set must not reach the program.
  static let cleanEnvironment: [String: String?] = {
    var clean: [String: String?] = ["KAFKA_BROKERS": nil, "REDIS_URL": nil, "OMP_WAIT_POLICY": "passive"]
    for name in ProcessInfo.processInfo.environment.keys
    where name.hasPrefix("FRESHET_") && name != "FRESHET_LIGHTGBM" && name != "FRESHET_SHARED" {
      clean[name] = .some(nil)
    }
    return clean
  }()

  let port: UInt16
  let process: TestProcess

  /// - Parameters:
  ///   - words: command and flags; `--port` is added.
  ///   - folder: of the log.
  init(
    _ words: [String], environment: [String: String] = [:], folder: TemporaryFolder, name: String = "freshet"
  ) throws {
    port = try FreePorts.one()
    var variables = Self.cleanEnvironment
    for (name, value) in environment { variables[name] = value }
    process = try TestProcess(
      [Self.executable] + words + ["--port", String(port), "--log-format", "json"], environment: variables,
      outputPath: folder.path + "/\(name).log")
  }

  /// How a command ended and what it said.
  struct Finished {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs a command to its end.
  static func command(_ words: [String], environment: [String: String] = [:]) throws -> Finished {
    let folder = try TemporaryFolder()
    let errors = folder.path + "/errors"
    var variables = cleanEnvironment
    for (name, value) in environment { variables[name] = value }
    let process = try TestProcess(
      ["sh", "-c", "exec \"$@\" 2>'\(errors)'", "sh", executable] + words, environment: variables,
      outputPath: folder.path + "/output")
    let status = process.wait(seconds: 60)
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    guard let status else { throw TestToolError("\(words.joined(separator: " ")) does not end: \(said)") }
    return Finished(status: status, output: process.output, errors: said)
  }

  // MARK: HTTP

  func get(_ path: String) throws -> (status: Int, value: JSONValue) { try Self.read(RawClient(port: port).get(path)) }

  func post(_ path: String, _ body: String) throws -> (status: Int, value: JSONValue) {
    try Self.read(RawClient(port: port).post(path, body))
  }

  private static func read(_ answer: RawAnswer) throws -> (status: Int, value: JSONValue) {
    (answer.status, (try? JSONValue.parse(answer.body)) ?? .null)
  }

  /// Waits until `/ready` says so.
  func isReady(seconds: Double = 60) -> Bool {
    Waiting.until(seconds: seconds, everyMs: 20) {
      !process.isRunning || (try? get("/ready"))?.status == 200
    } && process.isRunning
  }

  func recommend(_ user: Int, count: Int = 10) throws -> Answer {
    let (status, value) = try post("/recommend", "{\"user_id\": \(user), \"k\": \(count)}")
    return Answer(
      status: status, items: (value["recommendations"]?.arrayValue ?? []).compactMap { $0["item_id"]?.integerValue },
      userEvents: value["provenance"]?["user_events"]?.integerValue,
      degraded: value["provenance"]?["degraded"]?.stringValue)
  }

  struct Answer {
    let status: Int
    let items: [Int64]
    let userEvents: Int64?
    let degraded: String?
  }

  /// Events applied for a user; 0 for one who is not known.
  func eventCount(_ user: Int) throws -> Int64 { try get("/users/\(user)").value["events"]?.integerValue ?? 0 }

  func waitForEvents(of user: Int, _ count: Int64, seconds: Double = 30) throws -> Bool {
    try Waiting.until(seconds: seconds, everyMs: 20) { try eventCount(user) >= count }
  }

  /// Events learned into the item state.
  func learnedCount() throws -> Int64 {
    try get("/model/info").value["items"]?["events_learned"]?.integerValue ?? 0
  }

  // MARK: ends

  /// Ctrl-C.
  /// - Returns: the exit status; nil where it was still running after five seconds.
  func interrupt() -> Int32? {
    process.send(SIGINT)
    return process.wait(seconds: 5)
  }

  /// The last lines of its log, for messages.
  var tail: String { String(process.output.suffix(2_000)) }
}

/// kcat, an outside Kafka client.
enum Kcat {
  static var isThere: Bool { CommandLineTool.exists("kcat") }

  /// Sends one record a line.
  static func produce(_ lines: [String], to topic: String, at broker: String, _ flags: [String] = []) throws {
    let result = try CommandLineTool.run(
      ["kcat", "-b", broker, "-P", "-t", topic] + flags, input: lines.map { $0 + "\n" }.joined())
    guard result.status == 0 else { throw TestToolError("kcat: \(result.output)") }
  }

  /// Everything in a topic, in kcat's own format.
  static func consume(_ topic: String, at broker: String, format: String) throws -> String {
    try CommandLineTool.run(["kcat", "-b", broker, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", format])
      .output
  }
}

/// Processes whose command line names a folder: what a killed `freshet` has left behind.
enum Leftovers {
  static func kill(naming folder: String) {
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let pid = pid_t(entry), pid != getpid() else { continue }
      // redis-server writes its socket where its arguments were.
      let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
      if line.contains(folder) { Foundation.kill(pid, SIGKILL) }
    }
  }
}
