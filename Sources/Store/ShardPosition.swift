/// How far a shard's state has come: which log, which offset is next, and how many batches were ever stored.
public struct ShardPosition: Sendable, Equatable {
  /// Names the log: cluster id and topic id. Another cluster, or a topic made anew, is another log.
  public var log: String
  /// The next offset to apply.
  public var nextOffset: Int64
  /// Batches stored so far, across logs: the number of the newest entry of `applied`.
  public var sequence: UInt64

  public init(log: String, nextOffset: Int64, sequence: UInt64) {
    self.log = log
    self.nextOffset = nextOffset
    self.sequence = sequence
  }

  private static let version = "1"

  /// Text, so that an operator can read it with redis-cli: version, sequence, offset, log.
  var bytes: [UInt8] { Array("\(Self.version) \(sequence) \(nextOffset) \(log)".utf8) }

  init(bytes: [UInt8]) throws(StoreError) {
    let text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == Self.version, let sequence = UInt64(parts[1]), let next = Int64(parts[2]) else {
      throw StoreError(
        .unexpected, "the stored position \"\(text)\" is not one of this version: another build or application wrote it"
      )
    }
    self.init(log: String(parts[3]), nextOffset: next, sequence: sequence)
  }
}
