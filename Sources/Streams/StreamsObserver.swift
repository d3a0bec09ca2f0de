/// Hears what the clients do: for metrics. Called on polling and library threads; must be cheap and must not wait.
public protocol StreamsObserver: Sendable {
  /// Something went wrong that the client lives with: it goes on trying.
  func transientError(_ error: StreamError)
  /// Partitions came or went, in one step of the group's protocol.
  /// - Parameter lost: they were taken away without a word: another member may own them already.
  func rebalanced(assigned: Int, revoked: Int, lost: Bool)
  /// The broker has acknowledged a record.
  func produced(topic: String)
  /// A record was given up.
  func failed(topic: String, error: StreamError)
  /// Records between two offsets were trimmed from the log before they were read.
  func skipped(_ partition: TopicPartition, records: Int64)
}

extension StreamsObserver {
  public func transientError(_ error: StreamError) {}
  public func rebalanced(assigned: Int, revoked: Int, lost: Bool) {}
  public func produced(topic: String) {}
  public func failed(topic: String, error: StreamError) {}
  public func skipped(_ partition: TopicPartition, records: Int64) {}
}

/// Hears nothing.
public struct SilentStreamsObserver: StreamsObserver {
  public init() {}
}
