import Features
import Identity
import Retrieval
import State

/// Names of what an answer was made with.
public struct BundleVersions: Sendable, Equatable {
  /// Version of the ranker; nil without one.
  public var ranker: String?
  /// Its number.
  public var rankerNumber: Int64?
  public var towers: String?
  public var index: String?
  /// Number of the linear model's fit; 0 without one.
  public var linear: UInt64 = 0
  public init() {}
}

/// Everything that a request reads and that is not live: immutable, shared, swapped as a whole.
public final class Bundle: Sendable {
  public let content: ContentTable
  public let linear: LinearModel?
  public let towers: BoundTowers?
  /// Holds vectors of `towers`, by `ItemIndex`.
  public let index: VectorIndexSnapshot?
  public let ranker: (any CandidateRanker)?
  public let registry: FeatureRegistry
  public let budgets: SourceBudgets
  public let versions: BundleVersions

  /// - Precondition: the ranker was trained with `registry` (compare hashes where it is loaded).
  public init(
    content: ContentTable, linear: LinearModel? = nil, towers: BoundTowers? = nil, index: VectorIndexSnapshot? = nil,
    ranker: (any CandidateRanker)? = nil, registry: FeatureRegistry = .standard,
    budgets: SourceBudgets = .standard, versions: BundleVersions = .init()
  ) {
    precondition(
      towers == nil || index == nil || towers?.model.dimension == index?.dimension,
      "towers and index of different dimensions in one bundle")
    self.content = content
    self.linear = linear
    self.towers = towers
    self.index = index
    self.ranker = ranker
    self.registry = registry
    self.budgets = budgets
    self.versions = versions
  }
}

/// Scores rows of a feature matrix. Implementations are immutable and may be called from many threads at once.
public protocol CandidateRanker: Sendable {
  /// - Parameters:
  ///   - matrix: `rows` x `registry.count` floats, row-major.
  ///   - scratch: the calling thread's own.
  ///   - scores: receives `rows` scores, higher is better.
  func score(
    _ matrix: UnsafePointer<Float>, rows: Int, scratch: borrowing RankerScratch,
    into scores: UnsafeMutablePointer<Double>)
}
