import Foundation
import Synchronization
import TestSupport

/// One role of Freshet as a process, on an HTTP port of its own that stays the same over restarts.
public final class RigProcess: Sendable {
  /// What the rig has done to it: only an `up` process owes an answer.
  public enum Standing: Sendable, Equatable { case up, disturbed, down }

  private struct State {
    var process: TestProcess?
    var standing = Standing.down
    /// Changes whenever something is done to the process, so that a request can tell whether it was undisturbed.
    var generation = 0
  }

  /// Longest start: a broker's restart is waited for.
  private static let startSeconds = 90.0
  /// Variables of the tests, which the program would refuse as unknown.
  private static let testVariables = ["FRESHET_PROGRAM", "FRESHET_FAULT_SEED", "FRESHET_TEST_SECONDS"]

  public let name: String
  public let port: UInt16
  private let arguments: [String]
  private let environment: [String: String?]
  private let outputPath: String
  private let state = Mutex(State())

  /// - Parameters:
  ///   - program: path of the built `freshet`.
  ///   - arguments: from the command's name on; the port is added.
  public init(
    name: String, program: String, arguments: [String], environment: [String: String?], folder: String
  ) throws {
    self.name = name
    port = try FreePorts.one()
    self.arguments = [program] + arguments + ["--port", String(port)]
    self.environment = environment.merging(Self.testVariables.map { ($0, nil) }) { given, _ in given }
    outputPath = folder + "/" + name + ".log"
  }

  /// Starts it and does not wait.
  public func launch() throws {
    try state.withLock { state in
      state.process = try TestProcess(arguments, environment: environment, outputPath: outputPath)
      state.standing = .disturbed
      state.generation += 1
    }
  }

  /// Waits until it answers `GET /health`; from then on it is `up`.
  public func waitUntilUp() throws {
    let answers = Waiting.until(seconds: Self.startSeconds, everyMs: 20) {
      !isRunning || (try? RawClient(port: port).get("/health").status) == 200
    }
    guard answers, isRunning else { throw TestToolError("\(name) does not start:\n\(tail)") }
    mark(.up)
  }

  /// Waits until `GET /ready` answers 200.
  public func waitUntilReady() throws {
    var last = ""
    let isReady = Waiting.until(seconds: Self.startSeconds, everyMs: 50) {
      guard let answer = try? RawClient(port: port).get("/ready") else { return !isRunning }
      last = answer.text
      return answer.status == 200
    }
    guard isReady, isRunning else { throw TestToolError("\(name) does not get ready: \(last)\n\(tail)") }
  }

  public func start() throws {
    try launch()
    try waitUntilUp()
  }

  public func kill() {
    mark(.down)
    state.withLock { $0.process }?.killNow()
  }

  /// SIGTERM.
  /// - Returns: the exit status; nil where it did not end in time.
  public func terminate(seconds: Double = 15) -> Int32? {
    mark(.down)
    return state.withLock { $0.process }?.terminate(seconds: seconds)
  }

  public func pause() {
    mark(.disturbed)
    state.withLock { $0.process }?.pause()
  }

  public func resume() {
    state.withLock { $0.process }?.resume()
    mark(.up)
  }

  private func mark(_ standing: Standing) {
    state.withLock { state in
      state.standing = standing
      state.generation += 1
    }
  }

  public var isRunning: Bool { state.withLock { $0.process }?.isRunning ?? false }
  public var pid: pid_t? { state.withLock { $0.process }?.pid }

  /// Nil unless the process owes an answer; two equal numbers around a request mean that it did all the time.
  public var upGeneration: Int? { state.withLock { $0.standing == .up ? $0.generation : nil } }

  /// Whether it has ended though nobody has ended it.
  public var hasDied: Bool { upGeneration != nil && !isRunning }

  /// The last lines of its log.
  public var tail: String {
    let text = (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(12).joined(separator: "\n")
  }

  /// Asks once, on a connection of its own.
  public func recommend(_ user: String) throws -> RawAnswer {
    try RawClient(port: port).get("/recommend/\(user)?k=3&use_cache=false")
  }

  /// The sum of a metric's series; 0 where the process does not answer.
  public func metric(_ name: String) -> Double {
    guard let text = try? RawClient(port: port).get("/metrics").text else { return 0 }
    return text.split(separator: "\n").filter { $0.hasPrefix(name + " ") || $0.hasPrefix(name + "{") }
      .reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
  }
}
