import Foundation

/// A real redis-server on a loopback port with its data in a folder of its own: killed, paused and started again on
/// the same data at will.
public final class RedisServer: @unchecked Sendable {
  // `@unchecked`: `process` is replaced by `start` alone, which one test thread calls.
  public let port: UInt16
  public let path: String
  /// Kept, so that the data stays as long as the server.
  private let folder: TemporaryFolder
  private let arguments: [String]
  private var process: TestProcess?

  /// - Parameters:
  ///   - name: the server's own folder in `folder`.
  ///   - appendFsync: `always` or `everysec`; nil runs without an append-only file.
  ///   - extra: further arguments, as on the command line.
  public init(
    in folder: TemporaryFolder, name: String = "redis", port: UInt16? = nil, appendFsync: String? = "always",
    extra: [String] = []
  ) throws {
    self.port = try port ?? FreePorts.one()
    self.folder = folder
    path = folder.path + "/" + name
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let log = appendFsync.map { ["--appendonly", "yes", "--appendfsync", $0] } ?? ["--appendonly", "no"]
    arguments =
      ["redis-server", "--bind", "127.0.0.1", "--port", String(self.port), "--dir", path, "--save", ""] + log + extra
  }

  public var url: String { "redis://127.0.0.1:\(port)" }
  public var pid: pid_t? { process?.pid }
  public var isRunning: Bool { process?.isRunning ?? false }

  /// Starts it on whatever the folder holds, and waits until it has loaded that.
  public func start() throws {
    let process = try TestProcess(arguments, outputPath: path + "/server.log")
    self.process = process
    let answers = Waiting.until {
      guard process.isRunning, let client = try? RedisClient(port: port) else { return !process.isRunning }
      return (try? client.command("PING")) == .text("PONG")
    }
    guard answers, process.isRunning else { throw TestToolError("redis-server does not start: \(process.output)") }
  }

  /// `kill -9`.
  public func kill() { process?.killNow() }
  public func pause() { process?.pause() }
  public func resume() { process?.resume() }

  /// Makes it a replica of the server behind `port`, and waits until it has what that has. By command and not by argument:
  /// started again after a promotion it must not be a replica.
  public func replicate(port: UInt16) throws {
    let client = try client()
    let master = try RedisClient(port: port)
    guard try client.command("REPLICAOF", "127.0.0.1", "\(port)") == .text("OK") else {
      throw TestToolError("the server does not become a replica: look at \(path)")
    }
    let isSynchronised = Waiting.until(seconds: 60, everyMs: 20) {
      // Both must say so: the master counts a replica from its first acknowledgement on, up to a second later.
      (try? client.command("INFO", "replication").text?.contains("master_link_status:up")) == true
        && (try? master.command("INFO", "replication").text?.contains("state=online")) == true
    }
    guard isSynchronised else { throw TestToolError("the replica does not synchronise: look at \(path)") }
  }

  public func client() throws -> RedisClient { try RedisClient(port: port) }
}
