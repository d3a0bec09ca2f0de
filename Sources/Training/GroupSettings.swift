/// How training groups are made from scored events.
public struct GroupSettings: Sendable, Equatable {
  /// Positives of the user this soon after the target were wanted as much: label 2.
  public var togetherMs: Int64 = 5_000
  /// A group waits this long, in event time, for what the user likes next, which is left out of it: neither wanted now
  /// nor a negative. Only then it may train. (As label 1 it cost LambdaMART 0.002 of NDCG@10 on events 80-90%.)
  public var attributionMs: Int64 = 1_800_000
  /// Rows of label 0 that a group keeps: half uniform, half hard. 45 gained nothing over 30 on MovieLens (events 80-90%).
  public var negatives = 30
  /// Candidates that a group keeps for the reference histograms, drawn uniformly: as many as a served list gives.
  public var referenceRows = 2
  /// Groups that wait at one time, all candidates in memory (some 80 KB each). The oldest then mature early.
  public var maximumPending = 1_024
  /// Shown lists that wait at one time, and the bytes of their features: 32 MB hold some 5,000 lists of 20. Mostly nothing
  /// is taken of a list, so that many must wait for the few that teach.
  public var maximumShownPending = 8_192
  public var maximumShownBytes = 32 << 20
  /// Places of a shown list that make a group: what lies further down is hardly seen.
  public var shownPlaces = 100
  public var seed: UInt64 = 0

  public static let targetLabel: UInt8 = 3
  public static let togetherLabel: UInt8 = 2

  public init() {}
}

/// One ranked list to learn from: rows of features as they were at the moment of the query, with graded labels.
public struct TrainingGroup: Sendable {
  /// Number of the group in the order of its events.
  public var sequence: UInt64
  public var userHash: UInt64
  public var timeMs: Int64
  /// `labels.count` rows, row-major.
  public var rows: [Float]
  public var labels: [UInt8]
  /// The features' registry.
  public var registryHash: UInt64
  /// A few of the candidates drawn uniformly, row-major: what candidates look like when they are served, for the
  /// reference histograms. `rows` are no picture of that: hard negatives are chosen for being hard.
  public var reference: [Float]
  /// Of a group that was shown as a list: the place of each row, from 1. Empty for a group that was made from candidates.
  public var positions: [UInt8]

  public var wasShown: Bool { !positions.isEmpty }

  public init(
    sequence: UInt64, userHash: UInt64, timeMs: Int64, rows: [Float], labels: [UInt8], registryHash: UInt64,
    reference: [Float] = [], positions: [UInt8] = []
  ) {
    self.sequence = sequence
    self.userHash = userHash
    self.timeMs = timeMs
    self.rows = rows
    self.labels = labels
    self.registryHash = registryHash
    self.reference = reference
    self.positions = positions
  }
}
