import Features
import Glibc
import Identity
import Numerics
import Retrieval
import State
import Towers

/// Makes users' vectors, and moves them: working memory of one thread, allocated when a larger model is first met.
public final class UserVectorScratch {
  /// Interactions resolved for a derivation: the pooled history of its oldest step, too.
  private static let eventCapacity = TowerBuckets.maximumHistory + UserVectorState.derivedEvents
  /// Hits that a search can bring.
  static let hitCapacity = 2 * TopSelector.maximum

  private let events: UnsafeMutablePointer<TowerEvent>
  private let items: UnsafeMutablePointer<ItemKey>
  private var eventCount = 0
  private var pools: UnsafeMutablePointer<Float>
  private var poolCapacity = 0
  private var user: UnsafeMutablePointer<Float>
  private var capacity = 0
  private var userDimension = 0
  private let hitScores: UnsafeMutablePointer<Float>
  let labels: UnsafeMutablePointer<Int64>
  private let rows: UnsafeMutablePointer<Int32>
  /// Of the user that was resolved last.
  private var profile: SIMD8<UInt16> = .zero
  private var derived: UserVectorState?
  /// Whether the last query's user has a vector.
  private(set) var hasUser = false

  public init() {
    events = .allocate(capacity: Self.eventCapacity)
    items = .allocate(capacity: Self.eventCapacity)
    pools = .allocate(capacity: 1)
    user = .allocate(capacity: 1)
    hitScores = .allocate(capacity: Self.hitCapacity)
    labels = .allocate(capacity: Self.hitCapacity)
    rows = .allocate(capacity: max(RecommendRequest.maximumCandidates, ColdList.capacity))
  }

  deinit {
    events.deallocate()
    items.deallocate()
    pools.deallocate()
    user.deallocate()
    hitScores.deallocate()
    labels.deallocate()
    rows.deallocate()
  }

  // MARK: the vector

  /// The user's vector at `nowMs`, kept for `search` and `fillScores`. Without towers there is none.
  /// - Complexity: O(history * dimension), 32 times that where the view must be derived.
  func fillUser(
    _ record: borrowing UserRecord, view: UserVectorState?, nowMs: Int64, towers: BoundTowers?, state: ItemState
  ) {
    hasUser = false
    guard let towers else { return }
    fit(towers.model)
    resolve(record, towers, state, limit: towers.model.history + UserVectorState.derivedEvents)
    if let view, view.belongs(to: towers.model) {
      tower(towers.model, behind: 0, nowMs: nowMs, eventCount: Int(clamping: record.eventCount))
      view.add(to: user, towers.model)
    } else {
      let own = derive(towers.model, eventCount: Int(clamping: record.eventCount))
      tower(towers.model, behind: 0, nowMs: nowMs, eventCount: Int(clamping: record.eventCount))
      own.add(to: user, towers.model)
    }
    hasUser = true
  }

  /// Appends the last query's user vector; false where there was none.
  func appendUser(to vectors: inout [Float], dimension: Int) -> Bool {
    guard hasUser, dimension == userDimension else { return false }
    vectors.append(contentsOf: UnsafeBufferPointer(start: user, count: dimension))
    return true
  }

  /// Moves the user's own vector by one event, before the event is applied to the record. A view of other towers, or
  /// none, is first derived from the record. Only positive events move it.
  /// - Parameter record: as it stands before the event.
  public func move(
    _ view: inout UserVectorState?, _ record: borrowing UserRecord, by event: Interaction, towers: BoundTowers,
    state: ItemState
  ) {
    let model = towers.model
    let isCurrent = view.map { $0.belongs(to: model) } ?? false
    let target = state.index(of: event.item).flatMap { towers.row($0) }
    if isCurrent && (event.signal != .positive || target == nil) { return }
    fit(model)
    resolve(record, towers, state, limit: model.history + (isCurrent ? 0 : UserVectorState.derivedEvents))
    if !isCurrent { view = derive(model, eventCount: Int(clamping: record.eventCount)) }
    guard event.signal == .positive, let target else { return }
    tower(model, behind: 0, nowMs: event.timeMs, eventCount: Int(clamping: record.eventCount))
    view?.step(model, tower: user, target: target, seed: Self.seed(event.item, event.timeMs))
  }

  /// The same in every process and for every way to the same state.
  private static func seed(_ item: ItemKey, _ timeMs: Int64) -> UInt64 {
    Hash64.mix(item.rawValue ^ Hash64.mix(UInt64(bitPattern: timeMs)))
  }

  /// The steps of the newest positive events, oldest first, from 0 on.
  private func derive(_ model: TowerModel, eventCount: Int) -> UserVectorState {
    // Taken out of its place, so that its memory has one owner and is moved without a copy.
    var state = derived.take() ?? UserVectorState(model)
    state.reset(model)
    let steps = min(UserVectorState.derivedEvents, self.eventCount)
    for age in stride(from: steps - 1, through: 0, by: -1) where events[age].isPositive {
      tower(model, behind: age + 1, nowMs: events[age].timeMs, eventCount: eventCount - age - 1)
      state.step(model, tower: user, target: events[age].row, seed: Self.seed(items[age], events[age].timeMs))
    }
    derived = state
    return state
  }

  /// The tower's vector of the history behind its newest `age` entries, into `user`.
  private func tower(_ model: TowerModel, behind age: Int, nowMs: Int64, eventCount: Int) {
    model.userVector(
      UnsafeBufferPointer(start: events + age, count: max(0, self.eventCount - age)),
      TowerContext(nowMs: nowMs, eventCount: max(0, eventCount), profile: profile), pools: pools, into: user)
  }

  /// The newest part of the record in the model's rows, newest first; items that the model does not know are left out.
  private func resolve(_ record: borrowing UserRecord, _ towers: BoundTowers, _ state: ItemState, limit: Int) {
    eventCount = 0
    profile = record.profile.values
    record.history.withUnsafeBufferPointer { history in
      var place = history.count
      while place > 0 && eventCount < min(limit, Self.eventCapacity) {
        place -= 1
        let entry = history[place]
        guard let item = state.index(of: entry.item), let row = towers.row(item) else { continue }
        events[eventCount] = TowerEvent(
          row: row, kind: TowerBuckets.kind(signal: entry.signal.rawValue, gradeSteps: entry.grade.steps),
          timeMs: entry.timeMs)
        items[eventCount] = entry.item
        eventCount += 1
      }
    }
  }

  private func fit(_ model: TowerModel) {
    userDimension = model.dimension
    if model.poolCount > poolCapacity {
      pools.deallocate()
      poolCapacity = model.poolCount
      pools = .allocate(capacity: poolCapacity)
    }
    if model.dimension > capacity {
      user.deallocate()
      capacity = model.dimension
      user = .allocate(capacity: capacity)
    }
  }

  // MARK: what the vector says

  /// The nearest items that are not barred: labels, best first. A search that fails brings nothing: the other sources
  /// answer.
  func search(_ index: VectorIndexSnapshot, count: Int, barred: UnsafeBufferPointer<Bool>) -> Int {
    (try? index.search(
      user, k: min(count, Self.hitCapacity), barred: barred, scores: hitScores, labels: labels)) ?? 0
  }

  /// exp(scale * (u.v - 1)) of items, at most `ColdList.capacity`; 0 for one without a vector.
  /// - Precondition: there is a user.
  func score(_ items: UnsafeBufferPointer<ItemIndex>, _ towers: BoundTowers, into scores: UnsafeMutablePointer<Float>) {
    for place in 0..<items.count { rows[place] = towers.row(items[place]) ?? -1 }
    scoreRows(items.count, towers.model, into: scores)
  }

  /// The column of every candidate: exp(scale * (u.v - 1)), 0 for an item without a vector.
  func fillScores(_ towers: BoundTowers?, _ table: CandidateTable) {
    let scores = table.scores(.userVector)
    guard hasUser, let towers else {
      scores.update(repeating: 0, count: table.count)
      return
    }
    for place in 0..<table.count { rows[place] = towers.row(table.items[place]) ?? -1 }
    scoreRows(table.count, towers.model, into: scores)
  }

  private func scoreRows(_ count: Int, _ model: TowerModel, into scores: UnsafeMutablePointer<Float>) {
    model.vectors.withUnsafeBufferPointer { vectors in
      guard let base = vectors.baseAddress else { return }
      Vectors.dotRows(
        user, model.dimension, table: base, stride: model.dimension,
        rows: UnsafeBufferPointer(start: rows, count: count), into: scores)
    }
    for place in 0..<count {
      scores[place] = rows[place] < 0 ? 0 : expf(model.scale * (scores[place] - 1))
    }
  }
}
