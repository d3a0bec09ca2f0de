/// Hyper-parameters of the small network. Defaults are learning.md's, chosen on events 80 to 90 % of MovieLens-100K.
public struct MLPParameters: Sendable, Equatable {
  public var hidden = 64
  /// Passes over the groups.
  public var epochs = 10
  /// Groups of a step.
  public var batch = 64
  public var learningRate: Float = 2e-3
  public var weightDecay: Float = 1e-3
  /// Share of hidden units that a step leaves out.
  public var dropout: Float = 0.2
  /// Labels from here on are the softmax's targets; labels between 0 and it are left out: they are neither.
  public var targetLabel: UInt8 = 2
  /// Rows that quantiles are read from.
  public var quantileRows = 60_000
  public var seed: UInt64 = 0

  public init() {}
}
