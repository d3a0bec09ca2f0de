/// Says when a new version of the ranker must go, because live quality fell with it. Knows no clock, no file and no
/// model: it is fed answers, in their order, and equal answers give equal verdicts.
///
/// A new version is compared with the one that answered before it, on what both did better than popularity. It is
/// looked at a few times while its answers become more, and after the last look is left alone: it is the yardstick of
/// the next one then. At most one verdict is given on a version. A version that comes back after a rollback is not
/// judged, and one with too few answers is no yardstick. Bounded: two samples.
public struct QualityGuard: Sendable {
  public struct Bounds: Sendable, Equatable {
    /// Answers of either side before anything is said: 30 batches, from which a spread can be estimated.
    public var minimumAnswers = 300
    /// Times that a version is looked at, at twice as many answers each time: each look may be mistaken, so they are few.
    public var looks = 5
    /// The fall in standard errors. One look is mistaken once in 741 (normal, one side), five once in 148 at most.
    public var deviation = 3.0
    /// The fall as a share of what was expected: less is not worth a version that knows newer events.
    public var relativeFall = 0.1

    public init() {}

    /// Answers after which a version is left alone, and the most that are kept of each.
    public var maximumAnswers: Int { minimumAnswers << (looks - 1) }
  }

  /// A version that must go.
  public struct Withdrawal: Sendable, Equatable {
    public let version: Int64
    /// The version that it was compared with.
    public let before: Int64
    public let answers: Int
    /// Mean NDCG@10 of each on its own events.
    public let gain: Double
    public let gainBefore: Double
    public let comparison: QualityComparison
  }

  /// What is compared at present.
  public struct Watch: Sendable, Equatable {
    public let version: Int64
    public let answers: Int
    /// Nil where there is nothing to compare with.
    public let before: Int64?
    public let answersBefore: Int
  }

  private struct Followed: Sendable {
    let version: Int64
    var sample: QualitySample
    var looksTaken = 0
  }

  public let bounds: Bounds
  /// What is compared with.
  private var yardstick: Followed?
  /// The newer version, until a still newer one comes.
  private var newcomer: Followed?
  /// Whether the last answer was the newcomer's: false after a swap back.
  private var newcomerAnswers = false
  /// The last version that a verdict was given on.
  private var condemned: Int64?

  public init(bounds: Bounds = Bounds()) {
    precondition(bounds.minimumAnswers > 0 && (1...16).contains(bounds.looks), "bounds of \(bounds)")
    self.bounds = bounds
  }

  public var watch: Watch? {
    guard let yardstick else { return nil }
    guard let newcomer, newcomerAnswers else {
      return Watch(version: yardstick.version, answers: yardstick.sample.count, before: nil, answersBefore: 0)
    }
    return Watch(
      version: newcomer.version, answers: newcomer.sample.count, before: yardstick.version,
      answersBefore: yardstick.sample.count)
  }

  /// - Parameters:
  ///   - version: of the ranker that made the list; nil without one: such an answer says nothing of any version.
  ///   - gain: NDCG@10 of the event, 0...1.
  ///   - popularityGain: the same of popularity's list on the same event.
  /// - Returns: the version that must go, once.
  /// - Complexity: O(1), at a look O(answers kept).
  public mutating func add(version: Int64?, gain: Double, popularityGain: Double) -> Withdrawal? {
    guard let version, follow(version) else { return nil }
    guard newcomerAnswers else {
      yardstick?.sample.add(gain: gain, popularityGain: popularityGain)
      return nil
    }
    newcomer?.sample.add(gain: gain, popularityGain: popularityGain)
    return look()
  }

  /// Finds the version its place.
  /// - Returns: false for an answer that is left out.
  private mutating func follow(_ version: Int64) -> Bool {
    guard let yardstick else {
      yardstick = fresh(version)
      return true
    }
    // Before it is withdrawn, and requests that were under way then.
    if version == condemned { return false }
    if version == yardstick.version {
      newcomerAnswers = false
      return true
    }
    if version == newcomer?.version {
      newcomerAnswers = true
      return true
    }
    if version > max(yardstick.version, newcomer?.version ?? .min) {
      succeed(version)
      return true
    }
    if version < yardstick.version {
      // Somebody went further back; that is not ours to judge.
      self.yardstick = fresh(version)
      newcomer = nil
      newcomerAnswers = false
      return true
    }
    // Between the two, so it had too few answers to become the yardstick. It is served again where the newcomer went.
    guard newcomer?.version == condemned else { return false }
    newcomer = fresh(version)
    newcomerAnswers = true
    return true
  }

  private mutating func succeed(_ version: Int64) {
    // One that was withdrawn, by whomever, does not answer any more when the next one comes.
    if let newcomer, newcomerAnswers, newcomer.version != condemned, newcomer.sample.count >= bounds.minimumAnswers {
      yardstick = newcomer
    }
    newcomer = fresh(version)
    newcomerAnswers = true
  }

  private func fresh(_ version: Int64) -> Followed {
    Followed(version: version, sample: QualitySample(answers: bounds.maximumAnswers))
  }

  private mutating func look() -> Withdrawal? {
    guard let yardstick, var newcomer, newcomer.looksTaken < bounds.looks,
      newcomer.sample.count >= bounds.minimumAnswers << newcomer.looksTaken
    else { return nil }
    newcomer.looksTaken += 1
    self.newcomer = newcomer
    guard yardstick.sample.count >= bounds.minimumAnswers else { return nil }
    let comparison = QualityComparison(before: yardstick.sample, now: newcomer.sample)
    guard comparison.deviation >= bounds.deviation, comparison.relative > bounds.relativeFall else { return nil }
    self.newcomer?.looksTaken = bounds.looks
    condemned = newcomer.version
    return Withdrawal(
      version: newcomer.version, before: yardstick.version, answers: newcomer.sample.count,
      gain: newcomer.sample.gain, gainBefore: yardstick.sample.gain, comparison: comparison)
  }
}
