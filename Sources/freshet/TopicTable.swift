import Settings
import Streams

/// The topics as they are declared: names and partitions from the settings, the rest as `streams/topics.json` has it (a
/// test holds the two together).
enum TopicTable {
  private static let dayMs: Int64 = 86_400_000

  static func definitions(_ settings: FreshetSettings) -> [TopicDefinition] {
    let topics = settings.topics
    let partitions = settings.kafka.partitions
    return [
      TopicDefinition(
        topics.interactions, partitions: partitions, retentionMs: -1, cleanupPolicy: .delete,
        description:
          "The one log of everything that belongs to a user, keyed by user id. Kept for ever: it is the truth."),
      TopicDefinition(
        topics.items, partitions: 1, retentionMs: -1, cleanupPolicy: .compact,
        description: "Item descriptions, keyed by item id; a tombstone hides the item."),
      TopicDefinition(
        topics.rankingSamples, partitions: 1, retentionMs: 30 * dayMs, cleanupPolicy: .delete,
        description: "Training groups. One partition: its owner is the one process that trains."),
      TopicDefinition(
        topics.models, partitions: 1, retentionMs: -1, cleanupPolicy: .compact,
        description: "Announcements of model versions, keyed by kind."),
      TopicDefinition(
        topics.driftAlerts, partitions: 1, retentionMs: 90 * dayMs, cleanupPolicy: .delete,
        description: "Drift alerts raised and resolved, keyed by feature."),
      TopicDefinition(
        topics.deadLetters, partitions: 1, retentionMs: 14 * dayMs, cleanupPolicy: .delete,
        description: "Records that were refused, as received, with reason and origin as headers."),
    ]
  }
}
