import Telemetry

/// How to reach the brokers: everything that producers, consumers and administration have in common.
public struct KafkaConfiguration: Sendable, Equatable {
  public enum SecurityProtocol: String, Sendable, CaseIterable {
    case plaintext
    case tls = "ssl"
    case saslPlaintext = "sasl_plaintext"
    case saslTLS = "sasl_ssl"
  }

  /// `host:port,host:port`.
  public var brokers: String
  public var securityProtocol = SecurityProtocol.plaintext
  /// PEM file of the certificate authority; nil takes the system's.
  public var tlsAuthority: String?
  public var tlsCertificate: String?
  public var tlsKey: String?
  public var tlsKeyPassword: String?
  public var saslMechanism: String?
  public var saslUsername: String?
  public var saslPassword: String?
  /// Any other property of librdkafka, passed through; those that our promises rest on are refused.
  public var extra: [String: String] = [:]

  /// After this silence the group gives a member's partitions to others. 6 s is the least that a broker takes by default.
  public var sessionTimeout: Duration = .seconds(6)
  /// A member that has not polled for so long has its partitions taken away, and joins again with its next poll. A batch
  /// takes milliseconds; a member whose store is away goes on polling, with its partitions paused. Kafka waits as long
  /// for a member that the network cut off between joining and learning its partitions, which nobody has meanwhile.
  public var pollInterval: Duration = .seconds(15)
  /// How long a broker holds back an empty answer to a fetch. A real broker answers as soon as there is a record.
  public var fetchWait: Duration = .milliseconds(200)
  /// Whether the brokers are an `EmbeddedBroker`.
  public internal(set) var isEmbedded = false

  public init(brokers: String) { self.brokers = brokers }

  /// Time for one question to a broker, such as its watermarks.
  public static let requestTimeout: Duration = .seconds(10)
}

extension KafkaConfiguration: CustomStringConvertible {
  /// Every property, secrets redacted.
  public var description: String {
    commonProperties.map { name, value in
      "\(name)=\(Self.isSecret(name) ? Redaction.secret(value) : value)"
    }.joined(separator: " ")
  }

  static func isSecret(_ name: String) -> Bool {
    ["password", "secret", "pem", "jaas", "oauthbearer.config", "token"].contains { name.contains($0) }
  }
}

extension KafkaConfiguration {
  /// In the order in which they are set: the later wins.
  var commonProperties: [(name: String, value: String)] {
    var properties: [(name: String, value: String)] = [
      ("bootstrap.servers", brokers), ("security.protocol", securityProtocol.rawValue),
      // A broker that was away for 10 s is found again within one more.
      ("reconnect.backoff.ms", "100"), ("reconnect.backoff.max.ms", "1000"),
      // A network that swallows packets is noticed by what is not answered; the library's own limit is a minute.
      ("socket.keepalive.enable", "true"), ("socket.timeout.ms", "10000"),
      ("topic.metadata.refresh.interval.ms", "30000"),
      ("log.connection.close", "false"),
    ]
    func add(_ name: String, _ value: String?) {
      if let value { properties.append((name, value)) }
    }
    add("ssl.ca.location", tlsAuthority)
    add("ssl.certificate.location", tlsCertificate)
    add("ssl.key.location", tlsKey)
    add("ssl.key.password", tlsKeyPassword)
    add("sasl.mechanism", saslMechanism)
    add("sasl.username", saslUsername)
    add("sasl.password", saslPassword)
    for (name, value) in extra.sorted(by: { $0.key < $1.key }) { add(name, value) }
    return properties
  }

  /// Properties whose values the promises rest on: exactly-once state, one partitioner, order within a partition.
  private static let reserved: [String: String] = [
    "enable.auto.commit": "offsets are stored with the state",
    "enable.auto.offset.store": "offsets are stored with the state",
    "auto.offset.reset": "the owner of a partition decides where it begins",
    "group.id": "use kafka.group",
    "bootstrap.servers": "use kafka.brokers",
    "metadata.broker.list": "use kafka.brokers",
    "partition.assignment.strategy": "members of one group must agree: cooperative-sticky",
    "partitioner": "a user's partition follows from the id by murmur2, as in Kafka's Java client",
    "acks": "an acknowledged record must be kept",
    "request.required.acks": "an acknowledged record must be kept",
    "enable.idempotence": "an acknowledged record must be kept once",
    "transactional.id": "state and offset are stored in one step instead",
    "enable.partition.eof": "followers wait for the end of the log",
  ]

  func checkExtra() throws(StreamError) {
    for name in extra.keys.sorted() {
      if let why = Self.reserved[name] {
        throw StreamError(.configuration, "kafka.extra: \"\(name)\" cannot be set: \(why)")
      }
    }
  }
}
