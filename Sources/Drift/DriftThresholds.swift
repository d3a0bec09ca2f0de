/// When a difference is an alert.
public struct DriftThresholds: Sendable, Equatable {
  /// KL in nats.
  public var kl = 0.1
  public var psi = 0.2
  /// Fall of live quality, relative to its reference.
  public var qualityDrop = 0.2
  /// Rows without which a window is not judged; it grows until it has them.
  public var minimumSamples = 1_000
  /// Ranked events without which live quality is not judged.
  public var minimumQualityEvents = 200
  /// Windows in a row above that raise an alert, and below that resolve it.
  public var hysteresis = 3
  /// Standard deviations that a difference must stand above what chance gives. Five: with some 60 features a minute,
  /// four would be reached by chance about once a month.
  public var significance = 5.0

  public init() {}
}
