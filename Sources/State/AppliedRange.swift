import Identity

/// The part of a log that a batch of applied entries stands for.
///
/// What the fold makes of an offset is the same in every run, whatever the batches: whoever knows up to which offset it
/// has learned can tell what is new to it, also where the store has gone back (a failover to a replica that lagged) and
/// batches with the same numbers have come again with other boundaries.
public struct AppliedRange: Sendable, Equatable {
  /// Names the log: `logHash` of its name.
  public var log: UInt64
  /// The first offset that the batch is about, and the first one behind it. Batches of one log follow each other
  /// without a hole; the first of a log starts at 0.
  public var start: Int64
  public var end: Int64

  public init(log: UInt64, start: Int64, end: Int64) {
    self.log = log
    self.start = start
    self.end = end
  }

  /// Never 0, which stands for no log at all.
  public static func logHash(of name: String) -> UInt64 { max(1, Hash64.of(name)) }
}
