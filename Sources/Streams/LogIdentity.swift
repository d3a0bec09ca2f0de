/// Names a log, for the position that is stored with the state: another cluster is another log.
///
/// librdkafka 2.0.2 cannot tell a topic's id, so that a topic made anew in the same cluster has the same name here; it is
/// noticed by its watermarks, which the stored offset does not fit.
public struct LogIdentity: Hashable, Sendable, CustomStringConvertible {
  /// The cluster's id, or the embedded broker's `logIdentity`.
  public let cluster: String
  public let topic: String

  public init(cluster: String, topic: String) {
    self.cluster = cluster
    self.topic = topic
  }

  public var description: String { "\(cluster)/\(topic)" }

  /// How a stored offset stands to a log.
  public enum Standing: Sendable, Equatable {
    /// The next record is there, or will be.
    case continues
    /// Records between the offset and the oldest that is kept are gone.
    case behind(lost: Int64)
    /// The log has never been so long: it was made anew.
    case beyond
  }

  public static func standing(of offset: Int64, in log: Watermarks) -> Standing {
    if offset > log.high { return .beyond }
    return offset < log.low ? .behind(lost: log.low - offset) : .continues
  }
}
