import Foundation
import Settings
import Streams

/// The Kafka that a command of its own talks to: the one that settings name, or the embedded broker of a `freshet run`
/// on the same state folder.
enum KafkaAddress {
  /// - Throws: `.configuration` where there is neither.
  static func configuration(_ settings: FreshetSettings) throws(StreamError) -> KafkaConfiguration {
    if let brokers = settings.kafka.brokers { return KafkaRuntime.configuration(brokers, settings.kafka) }
    let path = settings.stateDirectory + "/" + KafkaRuntime.addressFile
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw StreamError(
        .configuration,
        "no Kafka is named, and no `freshet run` has left the address of its own in \(path): set KAFKA_BROKERS, start "
          + "`freshet run`, or name its state with --state")
    }
    return KafkaRuntime.configuration(text.trimmingCharacters(in: .whitespacesAndNewlines), settings.kafka)
  }
}
