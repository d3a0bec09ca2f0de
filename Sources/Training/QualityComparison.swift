/// Gains of positive events under one version of the ranker, beside popularity's on the same events: the newest, in
/// batches of consecutive answers.
///
/// Neighbouring answers are no independent draws: they come from one user's sitting. The spread of batch means holds
/// what they have in common, that of single answers would not (the method of batch means). A value, bounded by its room.
public struct QualitySample: Sendable, Equatable {
  /// Answers of one batch: about what one sitting leaves in the sample.
  public static let batchSize = 10

  struct Batch: Sendable, Equatable {
    var gain = 0.0
    var popularityGain = 0.0
  }

  private let room: Int
  private(set) var batches: [Batch] = []
  private var oldest = 0
  private var open = Batch()
  private var openCount = 0

  /// - Parameter answers: kept at most; rounded up to whole batches.
  public init(answers: Int) {
    precondition(answers > 0, "a sample of \(answers) answers")
    room = (answers + Self.batchSize - 1) / Self.batchSize
  }

  /// Answers in whole batches.
  public var count: Int { batches.count * Self.batchSize }

  public mutating func add(gain: Double, popularityGain: Double) {
    open.gain += gain / Double(Self.batchSize)
    open.popularityGain += popularityGain / Double(Self.batchSize)
    openCount += 1
    guard openCount == Self.batchSize else { return }
    if batches.count < room {
      batches.append(open)
    } else {
      batches[oldest] = open
      oldest = (oldest + 1) % room
    }
    open = Batch()
    openCount = 0
  }

  public var gain: Double { mean(popularity: 0).gain }

  /// Mean of gain - `popularity` * popularity's gain over the batches, the variance of that mean, and the means of both.
  func mean(popularity factor: Double) -> (value: Double, variance: Double, gain: Double, popularityGain: Double) {
    guard !batches.isEmpty else { return (0, 0, 0, 0) }
    let number = Double(batches.count)
    let gain = batches.reduce(0) { $0 + $1.gain } / number
    let popularityGain = batches.reduce(0) { $0 + $1.popularityGain } / number
    let value = gain - factor * popularityGain
    let squares = batches.reduce(0) { sum, batch in
      let difference = batch.gain - factor * batch.popularityGain - value
      return sum + difference * difference
    }
    return (value, squares / max(1, number - 1) / number, gain, popularityGain)
  }
}

/// How far the quality of one sample lies below another's, measured against popularity, so that other traffic is not
/// taken for another model.
///
/// What to expect of the new version is told by the old one in two ways: popularity has changed by an amount, and the
/// model with it by the same amount; or popularity has changed by a factor, and the model with it. The fall is the
/// smaller of the two in each respect: whoever reads it accuses the model only where neither excuse holds.
/// Both sides are means of many batches, so their difference over its standard error is a normal deviate.
/// - Complexity: O(batches).
public struct QualityComparison: Sendable, Equatable {
  /// Expected gain less the gain, in units of NDCG@10; negative for a rise.
  public let fall: Double
  /// The fall as a share of what was expected.
  public let relative: Double
  /// The fall over its standard error.
  public let deviation: Double

  public init(before: QualitySample, now: QualitySample) {
    let old = before.mean(popularity: 1)
    let new = now.mean(popularity: 1)
    let amount = Self.measure(
      expected: old.gain + new.popularityGain - old.popularityGain, gain: new.gain,
      variance: old.variance + new.variance)
    guard old.popularityGain > 0 else {
      (fall, relative, deviation) = amount
      return
    }
    // gain - r * popularity is 0 in the mean before; its spread now and before is that of the fall.
    let ratio = old.gain / old.popularityGain
    let scale = new.popularityGain / old.popularityGain
    let variance =
      now.mean(popularity: ratio).variance + scale * scale * before.mean(popularity: ratio).variance
    let factor = Self.measure(expected: scale * old.gain, gain: new.gain, variance: variance)
    fall = min(amount.fall, factor.fall)
    relative = min(amount.relative, factor.relative)
    deviation = min(amount.deviation, factor.deviation)
  }

  private static func measure(
    expected: Double, gain: Double, variance: Double
  ) -> (fall: Double, relative: Double, deviation: Double) {
    let fall = expected - gain
    guard expected > 0, fall > 0 else { return (fall, 0, 0) }
    return (fall, fall / expected, variance > 0 ? fall / variance.squareRoot() : .infinity)
  }
}
