import Lifecycle
import Replica
import State
import Streams
import Synchronization
import Telemetry

/// Reads training groups into the inbox. A member of a group whose topic has one partition: of several trainers only one
/// has it, and trains; the others stand by, and Kafka decides who takes over.
public final class SampleReader: Service {
  private static let records = 500
  private static let timeout = Duration.milliseconds(250)

  public let name = "samples"
  private let kafka: KafkaConfiguration
  private let topic: String
  private let group: String
  private let inbox: TrainingInbox
  private let log = Logger("samples")
  private let request = StopRequest()
  private let isOwner = Atomic<Bool>(false)

  public init(_ kafka: KafkaConfiguration, topic: String, group: String, inbox: TrainingInbox) {
    self.kafka = kafka
    self.topic = topic
    self.group = group
    self.inbox = inbox
  }

  /// Whether this process is the one that trains. Any thread.
  public var mayTrain: Bool { isOwner.load(ordering: .acquiring) }

  public func start() throws {}

  public func run() throws {
    let consumer = try StreamConsumer(kafka, group: group, clientID: "freshet-train")
    defer { consumer.close() }
    let owner = SampleOwner { [unowned self] owns in
      isOwner.store(owns, ordering: .releasing)
      log.info(owns ? "this process trains" : "another process trains; standing by")
    }
    try consumer.subscribe([topic], owner: owner)
    while !request.isMade {
      _ = try consumer.withBatch(maximumRecords: Self.records, timeout: Self.timeout) { batch in
        batch.forEach { take($0) }
      }
    }
  }

  public func stop(by deadline: Deadline) { request.make() }

  private func take(_ record: StreamRecord) {
    guard let payload = record.payload else { return }
    do throws(CorruptBytes) {
      inbox.received(try GroupCodec.decode(payload))
    } catch {
      log.warning("a training group cannot be read", ["offset": .integer(record.offset), "reason": "\(error)"])
    }
  }
}

/// The window is rebuilt from what the topic still holds: its retention is the window's age.
private final class SampleOwner: PartitionOwner {
  private let changed: (Bool) -> Void
  private var owned: Set<TopicPartition> = []

  init(changed: @escaping (Bool) -> Void) { self.changed = changed }

  func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset] {
    owned.formUnion(partitions)
    if !partitions.isEmpty { changed(true) }
    return Dictionary(uniqueKeysWithValues: partitions.map { ($0, StartOffset.beginning) })
  }

  func revoked(_ partitions: [TopicPartition]) {
    owned.subtract(partitions)
    if owned.isEmpty { changed(false) }
  }

  func outOfRange(_ partition: TopicPartition, wanted: Int64, log: Watermarks) -> StartOffset? { .beginning }
}
