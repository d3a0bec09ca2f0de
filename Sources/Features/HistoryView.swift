import Identity
import State

/// The newest part of a user's history with its items resolved to this process's indices, newest first.
///
/// Belongs to one worker thread, which fills it again for every query; no memory is allocated after the first.
public final class HistoryView {
  /// Sums over the history look at this many interactions. Weights of older ones are below 0.9^300, and plain sums of a
  /// longer history gain nothing on MovieLens (learning.md).
  public static let capacity = 300
  /// How many of the newest have their counters copied beside them: the longest local window (co-visitation's 20 items).
  public static let rowCapacity = 20

  public struct Entry: BitwiseCopyable {
    public var item: ItemIndex
    public var isLiked: Bool
    /// On the scale of stars.
    public var grade: Float
    public var timeMs: Int64
  }

  // One thread's, and read in every loop over the history.
  @exclusivity(unchecked) public private(set) var count = 0
  public let entries: UnsafeMutablePointer<Entry>
  /// Counters of the newest `min(count, rowCapacity)` items.
  public let rows: UnsafeMutablePointer<ItemRow>

  public init() {
    entries = .allocate(capacity: Self.capacity)
    rows = .allocate(capacity: Self.rowCapacity)
  }

  deinit {
    entries.deallocate()
    rows.deallocate()
  }

  /// Items that this process has never met are left out: nothing is known of them here.
  public func fill(_ record: borrowing UserRecord, _ state: ItemState) {
    count = 0
    record.history.withUnsafeBufferPointer { history in
      var place = history.count
      while place > 0 && count < Self.capacity {
        place -= 1
        let entry = history[place]
        guard let item = state.index(of: entry.item) else { continue }
        entries[count] = Entry(item: item, isLiked: entry.isPositive, grade: entry.grade.value, timeMs: entry.timeMs)
        if count < Self.rowCapacity { rows[count] = state.row(item) }
        count += 1
      }
    }
  }

  public var rowCount: Int { min(count, Self.rowCapacity) }
}
