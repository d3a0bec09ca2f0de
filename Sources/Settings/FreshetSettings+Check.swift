extension FreshetSettings {
  /// What one setting alone cannot tell.
  /// - Throws: the names of the settings that do not go together.
  public func check() throws(SettingsProblem) {
    try together("http.tls.certificate", http.tlsCertificate, "http.tls.key", http.tlsKey)
    try together("kafka.ssl.certificate", kafka.tlsCertificate, "kafka.ssl.key", kafka.tlsKey)
    try together("kafka.sasl.username", kafka.saslUsername, "kafka.sasl.password", kafka.saslPassword)
    if kafka.saslMechanism != nil {
      guard kafka.securityProtocol == .saslPlaintext || kafka.securityProtocol == .saslTLS else {
        throw SettingsProblem("kafka.sasl.mechanism needs kafka.security.protocol = sasl_ssl (or sasl_plaintext)")
      }
    }
    guard towers.dimensions % 8 == 0 else {
      throw SettingsProblem("towers.dimensions (EMBEDDING_DIM) must be a multiple of 8, not \(towers.dimensions)")
    }
    guard index.probe <= index.lists else {
      throw SettingsProblem(
        "index.probe (FAISS_N_PROBE) is \(index.probe), but there are only \(index.lists) lists (FAISS_N_LISTS)")
    }
    try checkRedis()
    try checkTopics()
  }

  private func together(_ a: String, _ first: String?, _ b: String, _ second: String?) throws(SettingsProblem) {
    if (first == nil) != (second == nil) {
      throw SettingsProblem(first == nil ? "\(b) needs \(a)" : "\(a) needs \(b)")
    }
  }

  /// The form only: what the parts mean is the store's business, which reads the URL for good.
  private func checkRedis() throws(SettingsProblem) {
    guard let url = redis.url else { return }
    let hosts = url.split(separator: ",", omittingEmptySubsequences: false)
    let isSocket = url.hasPrefix("unix:///") && hosts.count == 1
    let areHosts =
      url.hasPrefix("redis://") && hosts.allSatisfy { !$0.isEmpty && !$0.hasSuffix("://") && !$0.hasPrefix("unix:") }
    guard isSocket || areHosts else {
      throw SettingsProblem(
        "redis.url (REDIS_URL) must be redis://[user:password@]host:port, several hosts of a cluster separated by commas, "
          + "or unix:///path")
    }
  }

  private func checkTopics() throws(SettingsProblem) {
    let named = [
      ("topics.interactions", topics.interactions), ("topics.items", topics.items),
      ("topics.samples", topics.rankingSamples), ("topics.models", topics.models),
      ("topics.alerts", topics.driftAlerts), ("topics.dead-letters", topics.deadLetters),
    ]
    var seen: [String: String] = [:]
    for (key, topic) in named + topics.inputs.map({ ("topics.inputs", $0) }) {
      // Kafka's own rule.
      guard (1...249).contains(topic.utf8.count), topic != ".", topic != "..", topic.utf8.allSatisfy(isTopicByte) else {
        throw SettingsProblem("\(key): \"\(topic)\" is not a topic's name: 1 to 249 of a-z A-Z 0-9 . _ -")
      }
      if let other = seen[topic] { throw SettingsProblem("\(key) and \(other) are both \"\(topic)\"") }
      seen[topic] = key
    }
  }

  private func isTopicByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}
