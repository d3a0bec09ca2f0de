import State

/// The candidates of one query in columns: what the features are computed from.
///
/// Belongs to one worker thread, which fills it again for every query; its memory is allocated once.
public final class CandidateTable {
  /// Rows allocated.
  public let capacity: Int
  /// Candidates of the current query.
  // One thread's, and read in every inner loop.
  @exclusivity(unchecked) public internal(set) var count = 0
  public let items: UnsafeMutablePointer<ItemIndex>
  /// Bit s: source s brought the candidate in.
  public let sourceBits: UnsafeMutablePointer<UInt32>
  /// Counters of each candidate, copied at the moment of the query.
  public let rows: UnsafeMutablePointer<ItemRow>
  /// Floats from one column to the next: no power of two, whose columns would share the sets of a cache.
  private let columnStride: Int
  /// Score columns, ranks, item columns, one column of decay exponents a popularity.
  private let storage: UnsafeMutablePointer<Float>
  private let bestStorage: UnsafeMutablePointer<Float>
  /// What a registry makes of the columns.
  let work: FeatureWorkspace
  private let sorter: RankSorter
  /// What the features read beside the columns.
  @exclusivity(unchecked) public internal(set) var user = UserSummary()
  public internal(set) var globals = ItemGlobals()
  @exclusivity(unchecked) public internal(set) var content: ContentTable
  public let genres = GenreProfile()

  /// - Precondition: `capacity` in 1...65,536 (ranks are sorted with 16 bits of position).
  public init(capacity: Int, content: ContentTable) {
    precondition((1...65_536).contains(capacity), "a candidate table holds 1 to 65,536 rows, not \(capacity)")
    self.capacity = capacity
    self.content = content
    items = .allocate(capacity: capacity)
    sourceBits = .allocate(capacity: capacity)
    rows = .allocate(capacity: capacity)
    columnStride = (capacity + 15) / 16 * 16 + 16
    storage = .allocate(capacity: columnStride * Self.columnCount)
    work = FeatureWorkspace(columnStride: columnStride)
    bestStorage = .allocate(capacity: ScoreColumn.sourceCount)
    sorter = RankSorter(capacity: capacity)
  }

  deinit {
    items.deallocate()
    sourceBits.deallocate()
    rows.deallocate()
    storage.deallocate()
    bestStorage.deallocate()
  }

  private static let rankStart = ScoreColumn.columnCount
  private static let itemStart = rankStart + ScoreColumn.sourceCount
  private static let exponentStart = itemStart + ItemColumn.allCases.count
  private static let columnCount = exponentStart + PopularityColumn.all.count

  /// `count` values of a column.
  public func scores(_ column: ScoreColumn) -> UnsafeMutablePointer<Float> { storage + column.rawValue * columnStride }

  /// Rank of each candidate by a source, 0 for the best.
  public func ranks(_ source: ScoreColumn) -> UnsafeMutablePointer<Float> { ranks(at: source.rawValue) }

  func ranks(at source: Int) -> UnsafeMutablePointer<Float> { storage + (Self.rankStart + source) * columnStride }

  func values(_ column: ItemColumn) -> UnsafeMutablePointer<Float> {
    storage + (Self.itemStart + column.rawValue) * columnStride
  }

  /// Working memory of `fillCounters`.
  func exponents(_ place: Int) -> UnsafeMutablePointer<Float> { storage + (Self.exponentStart + place) * columnStride }

  /// The best score of a source among the candidates, 0 where all are negative.
  public func best(_ source: ScoreColumn) -> Float { bestStorage[source.rawValue] }

  /// Starts a query.
  public func begin(_ user: UserSummary, globals: ItemGlobals, history: HistoryView, content: ContentTable) {
    count = 0
    self.user = user
    self.globals = globals
    self.content = content
    genres.fill(history, content, meanGrade: user.meanGrade)
  }

  /// Adds a candidate; false where the table is full.
  @discardableResult public func append(_ item: ItemIndex, sources: UInt32) -> Bool {
    guard count < capacity else { return false }
    items[count] = item
    sourceBits[count] = sources
    count += 1
    return true
  }

  /// Fills what follows from the candidates alone: counters, popularities, genre affinities, then ranks. The other score
  /// columns are the sources' own and must be filled before.
  public func complete(_ state: ItemState) {
    for place in 0..<count { rows[place] = state.row(items[place]) }
    fillCounters()
    fillGenres()
    fillRanks()
  }

  /// Ties go to the more popular item (half-life 8,000 events), then to the earlier candidate.
  private func fillRanks() {
    sorter.setTieOrder(scores(.popular8000), count)
    for source in ScoreColumn.sources {
      let scores = scores(source)
      var best: Float = 0
      for place in 0..<count where scores[place] > best { best = scores[place] }
      bestStorage[source.rawValue] = best
      sorter.rank(scores, count, into: ranks(source))
    }
  }
}
