/// Who works on a consumer's partitions. Called on the polling thread, inside `withBatch` or `close`, between batches:
/// no record is in the owner's hands but those that it kept itself.
public protocol PartitionOwner: AnyObject {
  /// New partitions, in addition to those held.
  /// - Returns: where each one begins. One that is left out is owned but held back: nothing is read from it until
  ///   `StreamConsumer.start(_:at:)`; for an owner that cannot read its stored position just now.
  func assigned(_ partitions: [TopicPartition]) -> [TopicPartition: StartOffset]

  /// Partitions are about to go to another member, who waits until this returns: finish what is unfinished, store it.
  func revoked(_ partitions: [TopicPartition])

  /// Partitions are gone already, and another member may own them: what was not stored belongs to that member.
  func lost(_ partitions: [TopicPartition])

  /// The wanted offset is not in the log.
  /// - Returns: where to go on; nil throws the error out of `withBatch`.
  func outOfRange(_ partition: TopicPartition, wanted: Int64, log: Watermarks) -> StartOffset?
}

extension PartitionOwner {
  public func lost(_ partitions: [TopicPartition]) { revoked(partitions) }

  /// Trimmed records are skipped (the observer hears how many). An offset beyond the log's end means that the topic was
  /// made anew: going on would mix two logs.
  public func outOfRange(_ partition: TopicPartition, wanted: Int64, log: Watermarks) -> StartOffset? {
    wanted < log.low ? .offset(log.low) : nil
  }
}
