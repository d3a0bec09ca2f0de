/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let topic: String
  public let partition: Int32

  public init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  public static func < (a: TopicPartition, b: TopicPartition) -> Bool {
    (a.topic, a.partition) < (b.topic, b.partition)
  }

  public var description: String { "\(topic)/\(partition)" }
}

/// Where to begin with a partition.
public enum StartOffset: Sendable, Equatable {
  /// The next record to read. It must be in the log, or at its end; else `PartitionOwner.outOfRange` decides.
  case offset(Int64)
  /// The oldest record that is kept.
  case beginning
  /// Behind the newest record at this moment.
  case end
  /// Where the group's last commit stands, else the oldest record.
  case committed
}

/// The first and the next offset of a partition's log.
public struct Watermarks: Sendable, Equatable {
  /// Offset of the oldest record that is kept.
  public let low: Int64
  /// Offset that the next record will get.
  public let high: Int64

  public init(low: Int64, high: Int64) {
    self.low = low
    self.high = high
  }
}
