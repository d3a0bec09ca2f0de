import Foundation
import Settings
import Store
import Streams

/// Redis: reachable, and as durable as promised.
enum StoreCheck {
  static func run(_ settings: FreshetSettings) -> [DoctorFinding] {
    do throws(StoreError) {
      guard let url = settings.redis.url else { return try checkPrivate(settings) }
      return health(try RedisConfiguration(url: url), "REDIS_URL")
    } catch {
      return [.failure("redis", error.message, "correct redis.url (REDIS_URL), or --state")]
    }
  }

  /// Ours is started with the roles: it must be installed, and is asked where it runs.
  private static func checkPrivate(_ settings: FreshetSettings) throws(StoreError) -> [DoctorFinding] {
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard places.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/redis-server") }) else {
      return [.failure("redis", "redis-server is not in PATH", "run `make setup`, or set REDIS_URL")]
    }
    // Without a state folder nothing runs there yet, and looking must not make one.
    guard FileManager.default.fileExists(atPath: settings.stateDirectory + "/redis") else {
      return [.ok("redis", "a private redis-server is started with `freshet run`")]
    }
    let server = try PrivateRedis(
      stateFolder: settings.stateDirectory, sync: settings.redis.appendFsync == .always ? .always : .everysec)
    guard server.isAnswering else {
      return [.ok("redis", "a private redis-server is started with `freshet run`; it does not run now")]
    }
    return health(server.configuration, "the private server")
  }

  private static func health(_ configuration: RedisConfiguration, _ what: String) -> [DoctorFinding] {
    do throws(StoreError) {
      let health = try RedisStore(configuration).health()
      let kind = health.isCluster ? "a cluster of \(health.servers.count) masters" : "one server"
      let ok = DoctorFinding.ok("redis", "\(configuration.description): Redis \(health.version), \(kind)")
      return [ok]
        + health.findings.map { finding in
          DoctorFinding(
            grade: finding.severity == .failure ? .failure : .warning, subject: "redis",
            message: "\(finding.server): \(finding.message)", remedy: finding.remedy)
        }
    } catch {
      return [.failure("redis", error.message, "start Redis, or correct redis.url (\(what))")]
    }
  }
}

/// Kafka: reachable, with the topics as declared.
enum KafkaCheck {
  private static let limit = Duration.seconds(5)

  static func run(_ settings: FreshetSettings) -> [DoctorFinding] {
    guard let brokers = settings.kafka.brokers else {
      return [
        .ok(
          "kafka", "the embedded broker is started with `freshet run`; its log is not kept (set KAFKA_BROKERS for that)"
        )
      ]
    }
    do throws(StreamError) {
      let administrator = try TopicAdministrator(KafkaRuntime.configuration(brokers, settings.kafka))
      let cluster = try administrator.clusterID(within: limit)
      let findings = try administrator.describe(TopicTable.definitions(settings), within: limit)
      return [.ok("kafka", "\(brokers): cluster \(cluster)")] + findings.map(topic)
    } catch {
      return [.failure("kafka", error.message, error.remedy)]
    }
  }

  private static func topic(_ finding: TopicAdministrator.Finding) -> DoctorFinding {
    let (name, partitions) = (finding.definition.name, finding.definition.partitions)
    guard let found = finding.foundPartitions else {
      return .warning(
        "topic", "\(name) is missing", "freshet topics apply, or start a role: each makes what is missing")
    }
    guard finding.isAsDeclared else {
      return .failure(
        "topic", "\(name) has \(found) partitions, declared are \(partitions)", StreamError(.partitionCount, "").remedy)
    }
    return .ok("topic", "\(name): \(found) partitions")
  }
}
