/// Decides whether the ranker in use is to be withdrawn because users like its lists less than those of the ranker before.
///
/// Both are judged by what they gained over popularity on their own events, so that a change of the traffic, which moves
/// popularity as well, is not laid at a model's door. Welch's test on the two means, looked at `step` answers apart; the
/// looks are why the bar is above the usual three sigma. A value; equal answers in equal order give equal decisions.
public struct QualityGuard: Sendable {
  /// Answers before a ranker is judged, and that the one before it must have: fewer cannot show a fall of a tenth.
  static let minimumAnswers = 500
  /// Newest answers of a ranker that count; a ranker that has given as many is kept for good.
  static let window = 2_000
  /// Answers between two looks.
  static let step = 100
  /// Standard errors that the fall must be away from nothing. 1 of 2,000 seeded streams without a fall was beyond it.
  static let significance = 3.5
  /// Least fall, as a share of the NDCG@10 before: smaller ones are not worth an older model.
  static let materialFall = 0.1

  /// Why a ranker is to go.
  public struct Withdrawal: Sendable, Equatable {
    public let version: String
    public let before: String
    /// Mean NDCG@10 of each, and how much more the one before gained over popularity.
    public let ndcg10: Double
    public let ndcg10Before: Double
    public let fall: Double
    /// In standard errors of the difference.
    public let significance: Double
    public let answers: Int
  }

  private var baseline: RankerAnswers?
  private var present: RankerAnswers?
  /// The baseline gave the last answer: somebody has rolled back.
  private var isBaselineInUse = false
  private var isDecided = false
  /// The present one has been told to go.
  private var isPresentWithdrawn = false

  public init() {}

  /// Takes one answer.
  /// - Parameters:
  ///   - ranker: version that made the list; nil where there was none, which says nothing of any.
  ///   - gain, popularityGain: NDCG@10 of the event under each.
  /// - Returns: a decision, at most once for each version.
  public mutating func add(ranker: String?, gain: Double, popularityGain: Double) -> Withdrawal? {
    guard let ranker else { return nil }
    if ranker == baseline?.version {
      baseline?.add(gain: gain, popularityGain: popularityGain)
      isBaselineInUse = true
      return nil
    }
    if ranker != present?.version { begin(ranker) }
    isBaselineInUse = false
    present?.add(gain: gain, popularityGain: popularityGain)
    return judge()
  }

  private mutating func begin(_ ranker: String) {
    let isTrusted = !isBaselineInUse && !isPresentWithdrawn
    if let present, isTrusted, present.count >= Self.minimumAnswers { baseline = present }
    present = RankerAnswers(version: ranker, window: Self.window)
    isDecided = false
    isPresentWithdrawn = false
  }

  private mutating func judge() -> Withdrawal? {
    guard !isDecided, let present, present.count >= Self.minimumAnswers, present.count.isMultiple(of: Self.step) else {
      return nil
    }
    isDecided = present.count >= Self.window
    guard let baseline, baseline.count >= Self.minimumAnswers else { return nil }
    let (now, before) = (present.figures, baseline.figures)
    let fall = before.difference - now.difference
    let error = (now.differenceVariance / Double(now.count) + before.differenceVariance / Double(before.count))
      .squareRoot()
    guard error > 0, fall > Self.significance * error, fall > Self.materialFall * before.gain else { return nil }
    isDecided = true
    isPresentWithdrawn = true
    return Withdrawal(
      version: present.version, before: baseline.version, ndcg10: now.gain, ndcg10Before: before.gain, fall: fall,
      significance: fall / error, answers: present.count)
  }
}

/// The newest answers of one ranker.
struct RankerAnswers: Sendable {
  struct Figures {
    var count: Int
    /// Mean NDCG@10.
    var gain: Double
    /// Mean of what was gained over popularity, and its variance from one answer to another.
    var difference: Double
    var differenceVariance: Double
  }

  let version: String
  private let window: Int
  private var gains: [Float] = []
  private var differences: [Float] = []
  /// Answers since the ranker came.
  private(set) var count = 0

  init(version: String, window: Int) {
    self.version = version
    self.window = window
  }

  mutating func add(gain: Double, popularityGain: Double) {
    let (gain, difference) = (Float(gain), Float(gain - popularityGain))
    if gains.count < window {
      gains.append(gain)
      differences.append(difference)
    } else {
      gains[count % window] = gain
      differences[count % window] = difference
    }
    count += 1
  }

  /// O(window).
  var figures: Figures {
    let number = Double(max(1, gains.count))
    let gain = gains.reduce(0) { $0 + Double($1) } / number
    let mean = differences.reduce(0) { $0 + Double($1) } / number
    let squares = differences.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return Figures(
      count: gains.count, gain: gain, difference: mean, differenceVariance: squares / max(1, number - 1))
  }
}
