import Glibc
import State
import Synchronization

/// How well the live system ranks what users turn out to like, over the newest answers: each positive event is ranked
/// before it is applied, and so is the same event by popularity.
///
/// A value, bounded by its window; equal answers in equal order give equal figures.
public struct LiveQuality: Sendable {
  /// Answers that the figures look back on: an interval of NDCG@10 of about +-0.015.
  public static let standardWindow = 2_000
  /// Places that count.
  public static let depth = 10

  private struct Answer: Sendable {
    var rank: Int16
    var popularityRank: Int16
    var shown: [ItemIndex]
  }

  private let window: Int
  private var answers: [Answer] = []
  private var oldest = 0
  private var shown: [ItemIndex: Int32] = [:]
  /// Answers since the start.
  public private(set) var total: UInt64 = 0

  public init(window: Int = standardWindow) {
    precondition(window > 0, "a window of \(window) answers")
    self.window = window
  }

  public var count: Int { answers.count }

  /// - Parameters:
  ///   - rank: of the liked item in the list, from 0; nil beyond it.
  ///   - popularityRank: of the same item by popularity; nil where it was no candidate.
  ///   - list: the first `depth` items that were ranked highest.
  public mutating func add(rank: Int?, popularityRank: Int?, list: [ItemIndex]) {
    total += 1
    let answer = Answer(
      rank: Int16(clamping: rank ?? -1), popularityRank: Int16(clamping: popularityRank ?? -1),
      shown: Array(list.prefix(Self.depth)))
    for item in answer.shown { shown[item, default: 0] += 1 }
    guard answers.count == window else { return answers.append(answer) }
    for item in answers[oldest].shown {
      let left = shown[item, default: 1] - 1
      shown[item] = left > 0 ? left : nil
    }
    answers[oldest] = answer
    oldest = (oldest + 1) % window
  }

  public func figures(catalogueCount: Int) -> Figures {
    var figures = Figures(answers: answers.count, total: total)
    guard !answers.isEmpty else { return figures }
    let number = Double(answers.count)
    figures.ndcg10 = answers.reduce(0) { $0 + Self.gain($1.rank) } / number
    figures.hit10 = answers.reduce(0) { $0 + (Self.isHit($1.rank) ? 1 : 0) } / number
    figures.popularityNDCG10 = answers.reduce(0) { $0 + Self.gain($1.popularityRank) } / number
    figures.popularityHit10 = answers.reduce(0) { $0 + (Self.isHit($1.popularityRank) ? 1 : 0) } / number
    figures.coverage10 = Double(shown.count) / Double(max(1, catalogueCount))
    return figures
  }

  private static func isHit(_ rank: Int16) -> Bool { rank >= 0 && rank < depth }
  private static func gain(_ rank: Int16) -> Double { isHit(rank) ? 1 / log2(2 + Double(rank)) : 0 }
  /// NDCG@10 of one event whose item stands at `rank`, from 0; nil: nowhere.
  static func gain(_ rank: Int?) -> Double { gain(Int16(clamping: rank ?? -1)) }

  public struct Figures: Sendable, Equatable {
    public var answers: Int
    public var total: UInt64
    public var ndcg10 = 0.0
    public var hit10 = 0.0
    public var popularityNDCG10 = 0.0
    public var popularityHit10 = 0.0
    public var coverage10 = 0.0
  }
}

/// The live quality of a process: members add, the status and the metrics read. Any thread.
public final class LiveQualityMeter: Sendable {
  /// Decisions that wait at most: whoever withdraws looks every second, and each takes hundreds of answers.
  private static let maximumWaiting = 8

  private struct State: Sendable {
    var quality: LiveQuality
    var judge = QualityGuard()
    /// Decided, and not yet acted on.
    var withdrawals: [QualityGuard.Withdrawal] = []
    var lastWithdrawal: QualityGuard.Withdrawal?
  }

  private let state: Mutex<State>

  public init(window: Int = LiveQuality.standardWindow) { state = Mutex(State(quality: LiveQuality(window: window))) }

  /// - Parameter ranker: number of the version that made the list; nil without one.
  /// - Returns: NDCG@10 of the answer.
  @discardableResult
  public func add(rank: Int?, popularityRank: Int?, list: [ItemIndex], ranker: Int64?) -> Double {
    let gain = LiveQuality.gain(rank)
    state.withLock { state in
      state.quality.add(rank: rank, popularityRank: popularityRank, list: list)
      let decision = state.judge.add(
        version: ranker, gain: gain, popularityGain: LiveQuality.gain(popularityRank))
      guard let decision else { return }
      if state.withdrawals.count < Self.maximumWaiting { state.withdrawals.append(decision) }
      state.lastWithdrawal = decision
    }
    return gain
  }

  public func figures(catalogueCount: Int) -> LiveQuality.Figures {
    state.withLock { $0.quality.figures(catalogueCount: catalogueCount) }
  }

  /// The rankers that are to go, each once.
  func takeWithdrawals() -> [QualityGuard.Withdrawal] {
    state.withLock { state in
      defer { state.withdrawals = [] }
      return state.withdrawals
    }
  }

  /// What is compared at present; nil before the first answer of a ranker.
  public var watch: QualityGuard.Watch? { state.withLock { $0.judge.watch } }

  /// The last ranker that had to go; nil where none had.
  public var lastWithdrawal: QualityGuard.Withdrawal? { state.withLock { $0.lastWithdrawal } }
}
