import Glibc

/// How far a served histogram is from that of training.
public struct Divergence: Sendable, Equatable {
  /// Added to every bin (Jeffreys' prior), so that an empty one gives no infinity.
  static let smoothing = 0.5

  /// Kullback-Leibler divergence of training from serving, sum of p ln(p / q), in nats.
  public let kl: Double
  /// Population stability index: KL in both directions.
  public let psi: Double
  /// Jensen-Shannon divergence in nats, at most ln 2.
  public let js: Double
  /// Bins in which either saw something, less one.
  public let degreesOfFreedom: Int

  /// - Parameters: rows by bin, as many bins in both. Bins that are empty in both say nothing and are left out.
  /// - Complexity: O(bins).
  public init(training: some Collection<UInt64>, served: some Collection<UInt64>) {
    precondition(training.count == served.count, "\(training.count) and \(served.count) bins cannot be compared")
    let pairs = zip(training, served).filter { $0 + $1 > 0 }
    let extra = Self.smoothing * Double(pairs.count)
    let trained = pairs.reduce(extra) { $0 + Double($1.0) }
    let seen = pairs.reduce(extra) { $0 + Double($1.1) }
    var forward = 0.0
    var backward = 0.0
    var middle = 0.0
    for pair in pairs {
      let p = (Double(pair.0) + Self.smoothing) / trained
      let q = (Double(pair.1) + Self.smoothing) / seen
      let m = (p + q) / 2
      forward += p * log(p / q)
      backward += q * log(q / p)
      middle += (p * log(p / m) + q * log(q / m)) / 2
    }
    kl = max(0, forward)
    psi = max(0, forward + backward)
    js = max(0, middle)
    degreesOfFreedom = max(0, pairs.count - 1)
  }

  /// The KL that chance alone stays below, where both histograms come from one distribution.
  ///
  /// 2 KL / (1/n + 1/m) is then about chi-square distributed with bins - 1 degrees of freedom: mean d, variance 2 d.
  /// - Parameters:
  ///   - significance: standard deviations above the mean.
  ///   - draws, referenceDraws: independent ones, not rows.
  public func noiseFloor(draws: Int, referenceDraws: Int, significance: Double) -> Double {
    let d = Double(degreesOfFreedom)
    let spread = 1 / Double(max(1, draws)) + 1 / Double(max(1, referenceDraws))
    return (d + significance * (2 * d).squareRoot()) / 2 * spread
  }
}
