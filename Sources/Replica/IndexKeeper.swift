import Lifecycle
import Recommender
import Retrieval
import State
import Synchronization
import Telemetry
import Towers

/// Keeps the vector index in step with the towers and the catalogue: new items are added in place, new towers mean new
/// vectors for all, and what has changed too much, or finds too little, is built anew. One writer: the bundle keeper.
final class IndexKeeper: Sendable {
  /// Users' vectors that recall is measured with: the standard error at 0.99 is 0.001.
  static let sampledQueries = 64
  private static let recallDepth = 100
  /// Between two measurements: exact search of the sample takes some 10 ms at 10^5 items.
  private static let healthInterval = Duration.seconds(10)

  private struct State {
    var index: VectorIndex?
    var bound: BoundTowers?
    var builtAt: Deadline?
    var nextHealth: Deadline?
    var recall: Double?
  }

  private let lists: Int
  private let probe: Int
  private let policy: IndexRebuildPolicy
  private let metrics: FreshetMetrics
  private let clock: any FreshetClock
  private let log = Logger("index")
  private let state = Mutex(State())
  private let queries = Mutex<[Float]>([])

  init(lists: Int, probe: Int, policy: IndexRebuildPolicy, metrics: FreshetMetrics, clock: any FreshetClock) {
    self.lists = lists
    self.probe = probe
    self.policy = policy
    self.metrics = metrics
    self.clock = clock
    // Not 0, which the alert would take for an index that finds nothing.
    metrics.indexRecall.set(.nan)
  }

  var bound: BoundTowers? { state.withLock { $0.bound } }
  var snapshot: VectorIndexSnapshot? { state.withLock { $0.index?.snapshot } }
  var recall: Double? { state.withLock { $0.recall } }

  /// Remembers a served user's vector for measuring recall. Any thread; never waits.
  func sample(_ scratch: RecommendScratch, dimension: Int) {
    _ = queries.withLockIfAvailable { queries in
      guard scratch.appendUserVector(to: &queries, dimension: dimension) else { return }
      let surplus = queries.count - Self.sampledQueries * dimension
      if surplus > 0 { queries.removeFirst(surplus) }
    }
  }

  /// Other towers: every vector is another one.
  func take(_ model: TowerModel, _ catalogue: Catalogue) throws {
    let bound = BoundTowers(model, catalogue)
    try state.withLock { state in
      if state.index?.dimension != model.dimension {
        state.index = VectorIndex(dimension: model.dimension, lists: lists, probe: probe)
        queries.withLock { $0 = [] }
      }
      state.bound = bound
      try rebuild(&state)
    }
  }

  /// Other items: those that are new get their vectors from their content, those that went are taken out.
  func follow(_ catalogue: Catalogue) throws {
    try state.withLock { state in
      guard let before = state.bound, before.revision != catalogue.revision, let index = state.index else { return }
      let bound = BoundTowers(before.model, catalogue)
      var changes = VectorChanges(dimension: index.dimension)
      let (labels, vectors) = bound.indexed
      let known = Set(try index.snapshot?.labels() ?? [])
      for (place, label) in labels.enumerated() {
        let isShown = catalogue.item(at: ItemIndex(label))?.isRecommendable ?? true
        if !isShown {
          if known.contains(label) { changes.remove(label) }
        } else if !known.contains(label) {
          changes.put(label, vectors[place * index.dimension..<(place + 1) * index.dimension])
        }
      }
      state.bound = bound
      _ = try index.apply(changes)
      metrics.indexSize.set(index.snapshot?.count ?? 0)
    }
  }

  /// Measures recall now and then, and rebuilds where the policy says so.
  /// - Returns: whether the index was rebuilt.
  func watch() throws -> Bool {
    let sample = queries.withLock { $0 }
    return try state.withLock { state in
      guard let index = state.index, let snapshot = index.snapshot, state.nextHealth?.hasPassed ?? true else {
        return false
      }
      state.nextHealth = Deadline(after: Self.healthInterval, clock: clock)
      state.recall = sample.isEmpty ? nil : try snapshot.recall(at: Self.recallDepth, queries: sample)
      if let recall = state.recall { metrics.indexRecall.set(recall) }
      let age = (state.builtAt?.hasPassed ?? false) ? policy.interval : Duration.zero
      let reasons = policy.reasons(IndexHealth(age: age, churn: index.churn, recall: state.recall))
      guard !reasons.isEmpty else { return false }
      log.notice("index rebuilt", ["reasons": "\(reasons.map(\.rawValue).joined(separator: ", "))"])
      try rebuild(&state)
      return true
    }
  }

  private func rebuild(_ state: inout State) throws {
    guard let bound = state.bound, let index = state.index else { return }
    let (labels, vectors) = bound.indexed
    guard !labels.isEmpty else { return }
    try index.rebuild(labels: labels, vectors: vectors, queries: queries.withLock { $0 })
    state.builtAt = Deadline(after: policy.interval, clock: clock)
    metrics.indexSize.set(labels.count)
    metrics.indexRebuilds.add()
  }
}
