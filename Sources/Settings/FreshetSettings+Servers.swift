extension FreshetSettings {
  static let kafkaRows: [Row] = [
    Row(
      "kafka.brokers", \.kafka.brokers, .optionalText("HOST:PORT,..."), "Kafka; none: an embedded broker",
      environment: "KAFKA_BROKERS"),
    Row("kafka.group", \.kafka.group, .text("NAME"), "consumer group of the ingest members"),
    Row("kafka.security.protocol", \.kafka.securityProtocol, .choice, "how to talk to the brokers"),
    Row("kafka.ssl.ca", \.kafka.tlsAuthority, .optionalText("FILE"), "authority of the brokers' certificates, PEM"),
    Row("kafka.ssl.certificate", \.kafka.tlsCertificate, .optionalText("FILE"), "this client's certificate, PEM"),
    Row("kafka.ssl.key", \.kafka.tlsKey, .optionalText("FILE"), "this client's key, PEM"),
    Row(
      "kafka.ssl.key-password", \.kafka.tlsKeyPassword, .optionalText(), "password of the key; better as a variable",
      secrecy: .secret),
    Row(
      "kafka.sasl.mechanism", \.kafka.saslMechanism, .optionalText("NAME"), "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
    Row("kafka.sasl.username", \.kafka.saslUsername, .optionalText(), "SASL user"),
    Row(
      "kafka.sasl.password", \.kafka.saslPassword, .optionalText(), "SASL password; better as a variable",
      secrecy: .secret),
    Row("kafka.extra", \.kafka.extra, .texts(), "further properties of librdkafka, as they are", secrecy: .secret),
    Row(
      "kafka.partitions", \.kafka.partitions, .integer(1...1_024),
      "partitions of interactions where it is made: the number of shards"),
    Row("kafka.replication", \.kafka.replication, .integer(1...16), "replicas of topics that are made"),
  ]

  static let redisRows: [Row] = [
    Row(
      "redis.url", \.redis.url, .optionalText("URL"),
      "redis://[user:password@]host:port (several, with commas: a cluster's) or unix:///path; none: a private server",
      environment: "REDIS_URL", secrecy: .passwordInURL),
    Row("redis.appendfsync", \.redis.appendFsync, .choice, "when the private server syncs its log to disk"),
    Row(
      "redis.connect-timeout", \.redis.connectTimeout, .duration(.milliseconds(10) ... .seconds(60)),
      "for one attempt to connect"),
    Row(
      "redis.timeout", \.redis.commandTimeout, .duration(.milliseconds(10) ... .seconds(60)), "for one command"),
    Row(
      "redis.wait-replicas", \.redis.waitReplicas, .integer(0...16),
      "replicas that must have a batch before it counts as stored (WAIT); with fewer, ingestion waits"),
  ]

  static let httpRows: [Row] = [
    Row("http.host", \.http.host, .text("ADDRESS"), "address to listen on; 0.0.0.0 is every one", flag: "host"),
    Row(
      "http.port", \.http.port, .integer(0...65_535), "port to listen on; 0 takes a free one", flag: "port", short: "p"),
    Row("http.workers", \.http.workers, .integer(1...256), "threads that answer requests"),
    Row("http.queue", \.http.queue, .integer(1...65_536), "requests that may wait; more get 503"),
    Row(
      "http.queue-age", \.http.queueAge, .duration(.milliseconds(1) ... .seconds(60)),
      "a request that waited longer gets 503"),
    Row("http.connections", \.http.connections, .integer(1...65_536), "open connections at most"),
    Row("http.body-limit", \.http.bodyBytes, .bytes((64 << 10)...(256 << 20)), "largest request body"),
    Row("http.header-limit", \.http.headerBytes, .bytes((4 << 10)...(1 << 20)), "largest request header"),
    Row(
      "http.request-timeout", \.http.requestTimeout, .duration(.milliseconds(100) ... .seconds(600)),
      "from a request's first byte to its answer's last"),
    Row(
      "http.idle-timeout", \.http.idleTimeout, .duration(.seconds(1) ... .seconds(3_600)),
      "a connection without a request is closed after"),
    Row(
      "http.drain", \.http.drain, .duration(.zero ... .seconds(60)), "what running requests get when the server stops"),
    Row("http.tls.certificate", \.http.tlsCertificate, .optionalText("FILE"), "certificate chain in PEM: serves HTTPS"),
    Row("http.tls.key", \.http.tlsKey, .optionalText("FILE"), "the certificate's key in PEM"),
    Row(
      "http.api-keys", \.http.apiKeys, .list("KEY,..."), "a request must carry one; none: open to all",
      secrecy: .secret),
    Row("http.open-metrics", \.http.openMetrics, .flag, "/metrics, /health and /ready need no key"),
  ]
}
