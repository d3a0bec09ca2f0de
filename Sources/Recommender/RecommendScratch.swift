import Features
import Identity
import State

/// Working memory of one worker thread; allocated once, filled anew by every query. After a query it holds the
/// candidates with their features, for group making and for monitoring.
public final class RecommendScratch {
  public let history = HistoryView()
  public let table: CandidateTable
  let linear = LinearScores()
  public let vectors = UserVectorScratch()
  let coVisitation = CoVisitationScores()
  let selector = TopSelector()
  let marks = ItemMarks()
  let tops: UnsafeMutableBufferPointer<ItemIndex>
  /// `table.count` rows of `featureCount` floats after a query.
  public let matrix: UnsafeMutablePointer<Float>
  public let featureCount: Int
  public internal(set) var stages = StageTimes()
  let cold: UnsafeMutableBufferPointer<ItemIndex>
  let coldScores: UnsafeMutablePointer<Float>
  let scores: UnsafeMutablePointer<Double>
  let ranker: RankerScratch
  let order: CandidateOrder
  /// Where a scorer holds each candidate, -1 where it does not.
  let found: UnsafeMutablePointer<Int32>
  /// Valid places: `RecommendOutcome.listCount`, best first.
  public let list: UnsafeMutablePointer<RankedItem>

  public init(bundle: Bundle) {
    let capacity = RecommendRequest.maximumCandidates
    table = CandidateTable(capacity: capacity, content: bundle.content)
    featureCount = bundle.registry.count
    ranker = RankerScratch(columns: featureCount)
    matrix = .allocate(capacity: capacity * featureCount)
    scores = .allocate(capacity: capacity)
    order = CandidateOrder(capacity: capacity)
    found = .allocate(capacity: capacity)
    list = .allocate(capacity: capacity)
    tops = .allocate(capacity: TopSelector.maximum)
    cold = .allocate(capacity: ColdList.capacity)
    coldScores = .allocate(capacity: ColdList.capacity)
  }

  deinit {
    matrix.deallocate()
    scores.deallocate()
    found.deallocate()
    list.deallocate()
    tops.deallocate()
    cold.deallocate()
    coldScores.deallocate()
  }
}

extension RecommendScratch {
  /// Appends the last query's user vector of `dimension` floats; false where there was none.
  public func appendUserVector(to vectors: inout [Float], dimension: Int) -> Bool {
    self.vectors.appendUser(to: &vectors, dimension: dimension)
  }
}

/// One byte and one place an item: what is barred, and where a candidate stands. Reset by what was touched.
///
/// Belongs to one worker thread.
final class ItemMarks {
  // Asked for each item that a source names: plain memory, and no check of overlapping accesses by the one thread.
  @exclusivity(unchecked) private var barred: UnsafeMutablePointer<Bool>
  @exclusivity(unchecked) private var places: UnsafeMutablePointer<Int32>
  @exclusivity(unchecked) private var capacity = 0
  private var barredItems: [ItemIndex] = []
  private var placedItems: [ItemIndex] = []

  init() {
    barred = .allocate(capacity: 1)
    places = .allocate(capacity: 1)
  }

  deinit {
    barred.deallocate()
    places.deallocate()
  }

  func begin(itemCount: Int) {
    for item in barredItems { barred[Int(item)] = false }
    for item in placedItems { places[Int(item)] = -1 }
    barredItems.removeAll(keepingCapacity: true)
    placedItems.removeAll(keepingCapacity: true)
    guard itemCount > capacity else { return }
    barred.deallocate()
    places.deallocate()
    capacity = max(1_024, itemCount + itemCount / 4)
    barred = .allocate(capacity: capacity)
    barred.initialize(repeating: false, count: capacity)
    places = .allocate(capacity: capacity)
    places.initialize(repeating: -1, count: capacity)
  }

  /// An item that came into being during the query is beyond the marks: it waits for the next one.
  func bar(_ item: ItemIndex) {
    guard Int(item) < capacity else { return }
    barred[Int(item)] = true
    barredItems.append(item)
  }

  /// The flags of all items, for a search that passes over them.
  func withBarred<R>(_ body: (UnsafeBufferPointer<Bool>) -> R) -> R {
    body(UnsafeBufferPointer(start: barred, count: capacity))
  }

  func isBarred(_ item: ItemIndex) -> Bool { Int(item) >= capacity || barred[Int(item)] }

  /// Where the item stands among the candidates, or -1.
  /// - Precondition: the item is not barred, so it is within the marks.
  func place(_ item: ItemIndex) -> Int { Int(places[Int(item)]) }

  func setPlace(_ item: ItemIndex, _ place: Int) {
    places[Int(item)] = Int32(place)
    placedItems.append(item)
  }
}
