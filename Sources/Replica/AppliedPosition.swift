import State
import Store

/// How far a follower has learned a shard: up to which offset of which log, and where it reads on.
public struct AppliedPosition: Sendable, Equatable {
  /// Number of the last batch read.
  public var sequence: UInt64
  /// The log as `AppliedRange.logHash` names it; 0 where it is not known: then the next batch is taken as it is.
  public var log: UInt64
  /// The first offset of that log that has not been learned.
  public var offset: Int64

  public init(sequence: UInt64 = 0, log: UInt64 = 0, offset: Int64 = 0) {
    self.sequence = sequence
    self.log = log
    self.offset = offset
  }

  /// Where whoever learned everything that is stored stands.
  public init(_ position: ShardPosition) {
    self.init(
      sequence: position.sequence, log: AppliedRange.logHash(of: position.log), offset: position.nextOffset)
  }

  /// What is to be done with a batch that comes next.
  enum Step {
    /// Nothing of it is new.
    case pass
    /// Entries from this offset on are new.
    case learn(from: Int64)
    /// Something is missing before it.
    case hole
  }

  func step(to range: AppliedRange) -> Step {
    // Numbers without a gap are all that is known: the batch follows.
    if log == 0 { return .learn(from: range.start) }
    // A log that is new to the shard begins at 0.
    if range.log != log { return range.start == 0 ? .learn(from: 0) : .hole }
    if range.end <= offset { return .pass }
    return range.start <= offset ? .learn(from: offset) : .hole
  }
}

/// Entries that were gone before they were read, or could not be read: something before a batch.
struct AppliedGap: Sendable, Equatable {
  /// Number of the first batch behind them.
  var sequence: UInt64
  /// Its part of the log; nil where that is not known.
  var range: AppliedRange?

  /// Whether a state that stands at `position` has learned what is missing.
  func isClosed(by position: AppliedPosition) -> Bool {
    guard let range, position.log != 0 else { return position.sequence + 1 >= sequence }
    if position.log == range.log { return position.offset >= range.start }
    // The log before: its last batch, or nothing, is what is missing.
    return position.sequence + 1 == sequence
  }
}
