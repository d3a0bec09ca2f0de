import Glibc
import Ingest
import Lifecycle
import Settings
import Streams
import Telemetry

/// The log: the Kafka that settings name, or the embedded broker.
final class KafkaRuntime: Sendable {
  /// How long a process waits for a broker before it gives up; a broker's restart takes some 10 s.
  private static let patience = Duration.seconds(60)
  private static let retryInterval = Duration.seconds(1)
  /// Where outside clients find the embedded broker, in the state folder.
  static let addressFile = "kafka.address"

  let configuration: KafkaConfiguration
  /// Nil where `KAFKA_BROKERS` names a cluster.
  let embedded: EmbeddedBroker?
  let log: LogName
  /// Partitions of `interactions`.
  let shards: Int32

  /// - Throws: `StreamError` where no broker answers in time, or a topic is not as declared.
  init(_ settings: FreshetSettings) throws {
    let definitions = TopicTable.definitions(settings)
    if let brokers = settings.kafka.brokers {
      configuration = Self.configuration(brokers, settings.kafka)
      embedded = nil
      let (cluster, created) = try Self.waitForBroker(configuration, definitions, settings.kafka)
      if !created.isEmpty { Logger("kafka").notice("topics made", ["names": "\(created.joined(separator: ", "))"]) }
      log = LogName("\(LogIdentity(cluster: cluster, topic: settings.topics.interactions))", isEphemeral: false)
    } else {
      let broker = try EmbeddedBroker()
      try broker.create(definitions + settings.topics.inputs.map { Self.input($0, settings) })
      configuration = broker.configuration
      embedded = broker
      log = LogName(
        "\(LogIdentity(cluster: broker.logIdentity, topic: settings.topics.interactions))", isEphemeral: true)
      try Self.writeAddress(broker.address, to: settings.stateDirectory)
      Logger("kafka").info("embedded broker is ready", ["address": "\(broker.address)"])
    }
    shards = Int32(settings.kafka.partitions)
  }

  private static func input(_ name: String, _ settings: FreshetSettings) -> TopicDefinition {
    TopicDefinition(
      name, partitions: settings.kafka.partitions, retentionMs: nil, cleanupPolicy: .delete,
      description: "Events that are forwarded to \(settings.topics.interactions).")
  }

  static func configuration(_ brokers: String, _ kafka: FreshetSettings.Kafka) -> KafkaConfiguration {
    var configuration = KafkaConfiguration(brokers: brokers)
    configuration.securityProtocol =
      KafkaConfiguration.SecurityProtocol(rawValue: kafka.securityProtocol.rawValue) ?? .plaintext
    configuration.tlsAuthority = kafka.tlsAuthority
    configuration.tlsCertificate = kafka.tlsCertificate
    configuration.tlsKey = kafka.tlsKey
    configuration.tlsKeyPassword = kafka.tlsKeyPassword
    configuration.saslMechanism = kafka.saslMechanism
    configuration.saslUsername = kafka.saslUsername
    configuration.saslPassword = kafka.saslPassword
    configuration.extra = kafka.extra
    return configuration
  }

  /// The cluster's id, when its topics are as declared; those that were missing have been made.
  private static func waitForBroker(
    _ configuration: KafkaConfiguration, _ definitions: [TopicDefinition], _ kafka: FreshetSettings.Kafka
  ) throws -> (cluster: String, created: [String]) {
    let administrator = try TopicAdministrator(configuration)
    let deadline = Deadline(after: patience)
    while true {
      do throws(StreamError) {
        let created = try administrator.apply(definitions, replication: kafka.replication)
        return (try administrator.clusterID(), created)
      } catch {
        guard error.isTransient, !deadline.hasPassed else { throw error }
        Logger("kafka").warning("no broker answers yet", ["reason": "\(error)"])
        usleep(UInt32(retryInterval.wholeMilliseconds) * 1_000)
      }
    }
  }

  private static func writeAddress(_ address: String, to folder: String) throws {
    mkdir(folder, 0o700)
    let path = folder + "/" + addressFile
    guard let file = fopen(path, "w") else {
      throw StreamError(.configuration, "\(path): \(String(cString: strerror(errno))); choose another --state")
    }
    fputs(address + "\n", file)
    fclose(file)
  }
}
