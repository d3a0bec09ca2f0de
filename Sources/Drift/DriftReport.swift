/// What one window showed.
public struct DriftReport: Sendable {
  public struct Feature: Sendable {
    public let name: String
    public let divergence: Divergence
    /// KL that chance alone may reach with these samples.
    public let noiseFloor: Double
    public let phase: AlertState.Phase
    public let edges: [Float]
    /// Rows by bin, `edges.count + 2`, the last for what is not finite.
    public let training: [UInt64]
    public let served: [UInt64]
  }

  public struct Quality: Sendable {
    public let mean: Double
    public let reference: Double
    /// Relative fall, 0 where there is none.
    public let drop: Double
    public let events: Int
    public let phase: AlertState.Phase
  }

  public let atMs: Int64
  public let schemaHash: UInt64
  /// Rows of the window, those of unjudged windows before it included.
  public let samples: Int
  public let referenceSamples: Int
  /// False: too few samples, the window goes on.
  public let isJudged: Bool
  public let thresholds: DriftThresholds
  public let features: [Feature]
  /// Nil until live quality was judged once.
  public let quality: Quality?
  public let transitions: [DriftTransition]
  /// Alerts raised and not resolved.
  public let activeAlerts: Int
}

/// An alert that was raised or resolved.
public struct DriftTransition: Sendable, Equatable {
  public enum Subject: String, Sendable {
    /// A feature's distribution.
    case feature
    /// The distribution of the ranker's scores.
    case prediction
    /// The live measure.
    case quality
  }

  public let subject: Subject
  /// Name of the feature, `prediction`, or of the measure: the key on the topic.
  public let name: String
  public let change: AlertState.Change
  public let atMs: Int64
  public let samples: Int
  /// What was seen, by name: `kl`, `psi` and `js`, or `mean`, `reference` and `drop`.
  public let measures: [String: Double]
  /// What it was compared with, by the same names.
  public let limits: [String: Double]
}
