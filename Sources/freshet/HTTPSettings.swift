import HTTP
import Settings

/// The server's own bounds, from the settings.
enum HTTPSettings {
  static func configuration(_ http: FreshetSettings.HTTP) -> HTTPConfiguration {
    var configuration = HTTPConfiguration()
    configuration.address = .tcp(host: http.host, port: UInt16(clamping: http.port))
    if let certificate = http.tlsCertificate, let key = http.tlsKey {
      configuration.tls = HTTPConfiguration.TLS(certificateChainPath: certificate, privateKeyPath: key)
    }
    configuration.apiKeys = http.apiKeys
    configuration.connectionLimit = http.connections
    configuration.headerLimit = http.headerBytes
    configuration.bodyLimit = http.bodyBytes
    configuration.workers = http.workers
    configuration.queueCapacity = http.queue
    configuration.queueAgeLimit = http.queueAge
    configuration.answerDeadline = http.requestTimeout
    configuration.idleDeadline = http.idleTimeout
    return configuration
  }
}
