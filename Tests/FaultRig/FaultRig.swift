import Events
import Foundation
import Ingest
import Settings
import Store
import Streams
import Telemetry
import TestSupport

/// A whole Freshet of processes on real servers: Kafka, Redis with `appendfsync always` behind proxies, two ingest
/// members, a trainer and two servers, under load. One thread drives it.
public final class FaultRig {
  public static let shards: Int32 = 8
  /// Shorter than the default, so that a member that stands still is given up within a round.
  static let sessionSeconds = 3.0
  static let topic = "interactions"
  /// What the artefact directory may hold where it is a file system of its own.
  private static let artefactMiB = 64

  let folder: TemporaryFolder
  let kafka: KafkaBroker
  /// The master at present.
  var redis: RedisServer
  /// Masters that there were before it.
  var failovers = 0
  /// Between the first ingest member and Kafka, and between each ingest member and Redis.
  let kafkaProxy: TCPProxy
  let redisProxies: [TCPProxy]
  /// Everybody else's way to Redis: an address that stays when another server becomes the master.
  let redisDoor: TCPProxy
  let ingest: [RigProcess]
  /// A third member, which runs in its own rounds only.
  let extra: RigProcess
  let train: RigProcess
  let servers: [RigProcess]
  let artefacts: String
  private let fileSystem: SmallFileSystem?
  var hasOwnFileSystem: Bool { fileSystem != nil }
  let ledger = Ledger()
  let watch: ServingWatch
  let fold: LogFold
  let store: any RecordStore
  let http: HTTPLoad
  private let load: KafkaLoad
  private let kafkaGate = LoadGate()
  private let httpGate = LoadGate()

  /// Where `swift build` puts the program: beside this one, or as `FRESHET_PROGRAM` says.
  static var program: String {
    ProcessInfo.processInfo.environment["FRESHET_PROGRAM"]
      ?? FileManager.default.currentDirectoryPath + "/.build/release/freshet"
  }

  /// - Parameters:
  ///   - eventsPerSecond: over Kafka; some 30 a second come over HTTP beside them.
  ///   - requestsPerSecond: for recommendations, over both servers.
  public init(seed: UInt64, eventsPerSecond: Double = 300, requestsPerSecond: Double = 60) throws {
    // Our own clients complain of every outage that is made for them.
    LogSink.standardError.configure(level: .error, format: .human)
    let folder = try TemporaryFolder()
    self.folder = folder
    let inner = try FreePorts.one()
    kafkaProxy = try TCPProxy(target: inner)
    kafka = try KafkaBroker.start(door: .init(port: inner, advertisedPort: kafkaProxy.port))
    redis = try RedisServer(in: folder, extra: Self.redisArguments)
    try redis.start()
    let inside = redis.port
    redisProxies = try (0..<2).map { _ in try TCPProxy(target: inside) }
    redisDoor = try TCPProxy(target: inside)
    let redisPort = redisDoor.port
    artefacts = folder.path + "/artefacts"
    try FileManager.default.createDirectory(atPath: artefacts, withIntermediateDirectories: true)
    fileSystem = SmallFileSystem(at: artefacts, in: folder, mebibytes: Self.artefactMiB)

    let paths = Paths(folder: folder.path, artefacts: artefacts)
    let doors = ["127.0.0.1:\(kafkaProxy.port)", kafka.address]
    let redisDoors = redisProxies.map(\.port)
    let address = kafka.address
    ingest = try (0..<2).map { number in
      try paths.process(
        "ingest-\(number)", ["ingest"],
        kafka: doors[number], redisPort: redisDoors[number])
    }
    extra = try paths.process("ingest-2", ["ingest"], kafka: kafka.address, redisPort: redisPort)
    train = try paths.process(
      "train", ["train", "--ranker-interval", "10s", "--ranker-estimators", "20"], kafka: kafka.address,
      redisPort: redisPort)
    servers = try (0..<2).map {
      try paths.process("serve-\($0)", ["serve"], kafka: address, redisPort: redisPort)
    }
    // The first one makes the topics.
    try ingest[0].start()
    for process in [ingest[1], train] + servers { try process.launch() }
    for process in [ingest[1], train] + servers { try process.waitUntilUp() }

    let configuration = KafkaConfiguration(brokers: kafka.address)
    let defaults = FreshetSettings()
    let rules = EventRules(
      types: try EventTypes(weights: defaults.events.weights), positiveRating: defaults.events.positiveRating,
      futureToleranceMs: Int64(defaults.events.futureTolerance / .milliseconds(1)))
    fold = try LogFold(configuration, topic: Self.topic, shards: Self.shards, rules: rules)
    store = RedisStore(try RedisConfiguration(url: "redis://127.0.0.1:\(redisPort)"))
    load = try KafkaLoad(
      configuration, topic: Self.topic, shards: Self.shards, perSecond: eventsPerSecond,
      source: EventSource(seed: seed, first: 0, step: 2, canMisbehave: true), ledger: ledger, gate: kafkaGate)
    http = HTTPLoad(
      servers, source: EventSource(seed: ~seed, first: 1, step: 2, canMisbehave: false), seed: seed, ledger: ledger,
      gate: httpGate)
    watch = ServingWatch(servers, perSecond: requestsPerSecond, ledger: ledger)
    load.start()
    http.start()
    // Serving begins when the first events have been learned.
    for server in servers {
      guard Waiting.until(seconds: 60, everyMs: 50, { (try? server.recommend("2").status) == 200 }) else {
        throw TestToolError("\(server.name) has nothing to recommend: \(server.tail)")
      }
    }
    watch.start(seed: seed)
  }

  /// Ends the load and every process. Must be called: threads keep parts of the rig.
  public func close() {
    watch.end()
    kafkaGate.end()
    httpGate.end()
    for process in processes where process.isRunning { process.kill() }
    for proxy in redisProxies + [redisDoor, kafkaProxy] { proxy.close() }
    redis.kill()
    kafka.kill()
    fileSystem?.unmount()
  }

  var processes: [RigProcess] { ingest + [extra, train] + servers }

  // MARK: how far the state is

  /// The stored position of each shard; nil while Redis is away.
  func positions() -> [Int32: Int64]? {
    var result: [Int32: Int64] = [:]
    do {
      for shard in 0..<Self.shards { result[shard] = try store.position(of: shard)?.nextOffset ?? 0 }
    } catch {
      return nil
    }
    return result
  }

  /// Waits until everything up to `ends` is in the state.
  /// - Returns: seconds that it took.
  func waitUntilApplied(_ ends: [Int32: Int64], seconds: Double) throws -> Double {
    let began = RigClock.now
    let isThere = Waiting.until(seconds: seconds, everyMs: 10) {
      guard let positions = positions() else { return false }
      return ends.allSatisfy { positions[$0.key, default: 0] >= $0.value }
    }
    guard isThere else {
      let positions = positions() ?? [:]
      let behind = ends.filter { positions[$0.key, default: 0] < $0.value }.sorted { $0.key < $1.key }
      throw TestToolError(
        "not applied after \(seconds) s: "
          + behind.map { "shard \($0.key) at \(positions[$0.key, default: 0]) of \($0.value)" }.joined(separator: ", ")
          + "\n" + ingest.map { "\($0.name):\n\($0.tail)" }.joined(separator: "\n"))
    }
    return RigClock.now - began
  }

  /// Stops the load, waits until the log's end is in the state, and compares.
  func verify() throws -> Verdict {
    try kafkaGate.close(seconds: 180)
    try httpGate.close(seconds: 180)
    try load.settle(seconds: 180)
    var ends = try fold.ends()
    while true {
      _ = try waitUntilApplied(ends, seconds: 90)
      // What went astray has been forwarded before its position was stored.
      let now = try fold.ends()
      if now == ends { break }
      ends = now
    }
    try fold.advance(to: ends, seconds: 180)
    var verdict = try judge()
    for process in processes where process.hasDied {
      verdict.problems.append("\(process.name) has ended:\n\(process.tail)")
      try process.start()
    }
    verdict.problems += compareItems()
    return verdict
  }

  /// Compares the state at rest with what the fold has read so far.
  func judge() throws -> Verdict {
    try Verdict(store: store, shards: Self.shards, fold: fold, ledger: ledger)
  }

  func goOn() {
    kafkaGate.open()
    httpGate.open()
  }

  /// Every server's counters of every item against the log: followers that were killed, or fell behind, have caught up.
  private func compareItems() -> [String] {
    servers.compactMap { server in
      var wrong: [String] = []
      let isEqual = Waiting.until(seconds: 20, everyMs: 100) {
        wrong = wrongItems(of: server)
        return wrong.isEmpty
      }
      return isEqual
        ? nil : "\(server.name) counts \(wrong.count) items wrongly: \(wrong.prefix(3).joined(separator: "; "))"
    }
  }

  private func wrongItems(of server: RigProcess) -> [String] {
    guard let client = try? RawClient(port: server.port) else { return ["no connection"] }
    var wrong: [String] = []
    for (item, expected) in fold.items.sorted(by: { $0.key < $1.key }) {
      guard let answer = try? client.get("/items/\(item)") else { return ["no answer"] }
      let found = answer.text.split(separator: "\"events\":").dropFirst().first?.prefix { $0.isNumber } ?? "none"
      if String(found) != String(expected) { wrong.append("item \(item): \(found), the log has \(expected)") }
    }
    return wrong
  }
}

/// Where the rig's processes live, and what all of them are told.
private struct Paths {
  let folder: String
  let artefacts: String

  func process(_ name: String, _ arguments: [String], kafka: String, redisPort: UInt16) throws -> RigProcess {
    var environment: [String: String?] = [
      "KAFKA_BROKERS": kafka, "REDIS_URL": "redis://127.0.0.1:\(redisPort)",
    ]
    environment["OMP_WAIT_POLICY"] = "passive"
    // A thread that the library makes before `main`: SIGTERM must end the process well all the same.
    environment["OPENBLAS_NUM_THREADS"] = "2"
    let session = Int(FaultRig.sessionSeconds * 1_000)
    return try RigProcess(
      name: name, program: FaultRig.program,
      arguments: arguments + [
        "--state", "\(folder)/\(name)", "--artefacts-dir", artefacts, "--kafka-partitions", "\(FaultRig.shards)",
        "--kafka-extra", "session.timeout.ms=\(session)", "--redis-timeout", "1s", "--log-format", "human",
      ], environment: environment, folder: folder)
  }
}
