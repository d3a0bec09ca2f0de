import Foundation
import Synchronization

/// A real single-node Kafka (KRaft) for tests: on free ports, in a folder of its own, gone with the test process.
///
/// The distribution comes from `KAFKA_HOME` (a folder with `libs/*.jar`), else from `../shared/kafka`.
public final class KafkaBroker: Sendable {
  /// A JVM takes 4 s on a free machine; on a busy one a minute was not enough.
  private static let readySeconds = 180.0

  /// One broker for all tests of this process, started at first use and left running: use topics with names of your
  /// own. nil where there is no Kafka, and the reason was printed.
  public static let shared: KafkaBroker? = {
    guard let home else {
      print("no real Kafka: set KAFKA_HOME to a distribution (a folder with libs/*.jar); its tests are skipped")
      return nil
    }
    do {
      let broker = try KafkaBroker(home: home)
      // A static value is never freed.
      atexit { KafkaBroker.shared?.remove() }
      return broker
    } catch {
      print("the real Kafka does not start: \(error); its tests are skipped")
      return nil
    }
  }()

  /// Whether a distribution is there; starts nothing.
  public static var isAvailable: Bool { home != nil }

  private static let home: String? = {
    let named = ProcessInfo.processInfo.environment["KAFKA_HOME"]
    let places = [named, FileManager.default.currentDirectoryPath + "/../shared/kafka"].compactMap { $0 }
    return places.first { FileManager.default.fileExists(atPath: $0 + "/libs") }
  }()

  /// `127.0.0.1:port`.
  public let address: String
  private let home: String
  private let port: UInt16
  private let controllerPort: UInt16
  private let door: Door?
  private let folder: TemporaryFolder
  private let process = Mutex<TestProcess?>(nil)

  /// A second listener, whose clients are sent to another address: to a proxy's.
  public struct Door: Sendable {
    public let port: UInt16
    public let advertisedPort: UInt16

    public init(port: UInt16, advertisedPort: UInt16) {
      self.port = port
      self.advertisedPort = advertisedPort
    }
  }

  /// A broker of the test's own: to stop, kill and restart.
  public static func start(door: Door? = nil) throws -> KafkaBroker {
    guard let home else { throw TestToolError("no Kafka distribution: set KAFKA_HOME") }
    return try KafkaBroker(home: home, door: door)
  }

  private init(home: String, door: Door? = nil) throws {
    self.home = home
    self.door = door
    folder = try TemporaryFolder()
    let ports = try FreePorts.take(2)
    (port, controllerPort) = (ports[0], ports[1])
    address = "127.0.0.1:\(port)"
    try writeSettings()
    try format()
    try restart()
  }

  /// The id that each broker of the tests is formatted with.
  public static let clusterID = "FRESHETxFRESHETxFRESHA"

  /// The files of a formatted log folder, made by the first broker: the others take them and save a JVM's start.
  private static let formatted = Mutex<[String: Data]>([:])

  private func format() throws {
    let log = folder.path + "/log"
    try Self.formatted.withLock { files in
      if files.isEmpty {
        let tool = try TestProcess(
          java + ["kafka.tools.StorageTool", "format", "-t", Self.clusterID, "-c", settings],
          outputPath: folder.path + "/format.log")
        guard tool.wait(seconds: Self.readySeconds) == 0 else {
          throw TestToolError("StorageTool failed: " + tool.output.suffix(800))
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: log) {
          files[name] = try Data(contentsOf: URL(fileURLWithPath: log + "/" + name))
        }
        return
      }
      try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: true)
      for (name, data) in files { try data.write(to: URL(fileURLWithPath: log + "/" + name)) }
    }
  }

  /// Starts the broker on its folder, where it does not run, and waits until it takes connections.
  public func restart() throws {
    try process.withLock { process in
      if process?.isRunning ?? false { return }
      let started = try TestProcess(java + ["kafka.Kafka", settings], outputPath: folder.path + "/broker.log")
      process = started
      let isReady = Waiting.until(seconds: Self.readySeconds, everyMs: 50) {
        FreePorts.isAnswering(port) || !started.isRunning
      }
      guard isReady && started.isRunning else {
        throw TestToolError("no answer on \(address): " + started.output.suffix(800))
      }
    }
  }

  /// SIGTERM: the broker closes its logs.
  public func stop() {
    process.withLock { process in
      _ = process?.terminate(seconds: 30)
      process = nil
    }
  }

  /// SIGKILL, as a crash.
  public func kill() {
    process.withLock { process in
      process?.killNow()
      process = nil
    }
  }

  /// SIGSTOP: connections stay open and nobody answers.
  public func freeze() { process.withLock { $0?.pause() } }

  /// SIGCONT.
  public func unfreeze() { process.withLock { $0?.resume() } }

  private func remove() {
    kill()
    try? FileManager.default.removeItem(atPath: folder.path)
  }

  private var java: [String] {
    let log = home + "/config/log4j2.xml"
    let logging = FileManager.default.fileExists(atPath: log) ? ["-Dlog4j2.configurationFile=" + log] : []
    // The first compiler only: a test's broker lives for seconds.
    return ["java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] + logging
      + ["-cp", home + "/libs/*"]
  }

  private var settings: String { folder.path + "/server.properties" }

  private func writeSettings() throws {
    let listener = door.map { ",DOOR://127.0.0.1:\($0.port)" } ?? ""
    let advertised = door.map { ",DOOR://127.0.0.1:\($0.advertisedPort)" } ?? ""
    let text = """
      process.roles=broker,controller
      node.id=1
      controller.quorum.voters=1@127.0.0.1:\(controllerPort)
      listeners=PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controllerPort)\(listener)
      advertised.listeners=PLAINTEXT://127.0.0.1:\(port)\(advertised)
      controller.listener.names=CONTROLLER
      listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,DOOR:PLAINTEXT
      log.dirs=\(folder.path)/log
      num.partitions=4
      offsets.topic.replication.factor=1
      offsets.topic.num.partitions=4
      transaction.state.log.replication.factor=1
      transaction.state.log.min.isr=1
      transaction.state.log.num.partitions=4
      share.coordinator.state.topic.replication.factor=1
      share.coordinator.state.topic.min.isr=1
      group.initial.rebalance.delay.ms=0
      group.min.session.timeout.ms=1000
      log.retention.check.interval.ms=1000

      """
    try text.write(toFile: settings, atomically: true, encoding: .utf8)
  }
}
