import Glibc
import Identity
import Synchronization

/// What has been learned about items from applied entries: the second fold.
///
/// One thread writes (`learn`, `describe`, `remove`, `restore`); any number of threads read without waiting, by copies under
/// sequence locks. Every process that scores holds one, in memory.
// Proof of Sendable: rows lie in chunks that are allocated before their index is published and live as long as the state;
// all reads of them go through their sequence word; `chunks` is an array of fixed size, written once a slot, before the
// index that needs it is published (release) through `keys`. The catalogue is read through a mutex-guarded copy.
public final class ItemState: @unchecked Sendable {
  /// Rows are allocated in chunks, so that none ever moves.
  static let chunkRows = 1_024
  /// At most this many items: the bound of the chunk directory (32 KiB), above the largest catalogue planned for.
  public static let maximumItems = 4_096 * chunkRows

  let keys = ConcurrentKeyIndex()
  private let chunks: UnsafeMutablePointer<UnsafeMutablePointer<ItemRow>?>
  private let sequences: UnsafeMutablePointer<SequenceLock.Word?>
  var lists = NeighbourLists()
  let globalsStorage: UnsafeMutablePointer<ItemGlobals>
  let globalsSequence: SequenceLock.Word
  /// `PopularityTable.total` lists in memory that never moves: a Swift array would be read while it is written.
  let tops: UnsafeMutablePointer<TopList>
  let topsSequence: SequenceLock.Word
  /// In memory that never moves, as `tops`.
  let cold: UnsafeMutablePointer<ColdList>
  let coldSequence: SequenceLock.Word
  /// The writer's copy; readers get `catalogue`.
  private(set) var working = Catalogue()
  private let published = Mutex(Catalogue())

  public init() {
    let directory = Self.maximumItems / Self.chunkRows
    chunks = .allocate(capacity: directory)
    chunks.initialize(repeating: nil, count: directory)
    sequences = .allocate(capacity: directory)
    sequences.initialize(repeating: nil, count: directory)
    globalsStorage = .allocate(capacity: 1)
    globalsStorage.initialize(to: ItemGlobals())
    globalsSequence = .allocate(capacity: 1)
    globalsSequence.initialize(to: Atomic(0))
    topsSequence = .allocate(capacity: 1)
    topsSequence.initialize(to: Atomic(0))
    cold = .allocate(capacity: 1)
    cold.initialize(to: ColdList())
    coldSequence = .allocate(capacity: 1)
    coldSequence.initialize(to: Atomic(0))
    tops = .allocate(capacity: PopularityTable.total)
    for slot in 0..<PopularityTable.total { (tops + slot).initialize(to: TopList()) }
  }

  deinit {
    for chunk in 0..<Self.maximumItems / Self.chunkRows {
      chunks[chunk]?.deallocate()
      sequences[chunk]?.deallocate()
    }
    chunks.deallocate()
    sequences.deallocate()
    globalsStorage.deallocate()
    globalsSequence.deallocate()
    topsSequence.deallocate()
    for slot in 0..<PopularityTable.total { tops[slot].deallocate() }
    tops.deallocate()
    cold.pointee.deallocate()
    cold.deallocate()
    coldSequence.deallocate()
    lists.deallocate()
  }

  // MARK: reading, from any thread

  /// Items known, described or only named.
  public var count: Int { keys.count }
  public func index(of key: ItemKey) -> ItemIndex? { keys.find(key) }

  /// A copy of the item's counters.
  /// - Precondition: `index` came from this state.
  public func row(_ index: ItemIndex) -> ItemRow {
    let row = self.row(at: index)
    return SequenceLock.read(sequence(at: index)) { row.pointee }
  }

  public var globals: ItemGlobals {
    SequenceLock.read(globalsSequence) { globalsStorage.pointee }
  }

  /// Copies the item's neighbour list.
  public func neighbours(of index: ItemIndex, into copy: inout NeighbourCopy) {
    let row = self.row(at: index)
    SequenceLock.read(sequence(at: index)) { copy.copy(row) }
  }

  /// The most popular items of a table, best first, at most `TopList.capacity`; returns how many.
  public func mostPopular(_ table: PopularityTable, into buffer: UnsafeMutableBufferPointer<ItemIndex>) -> Int {
    SequenceLock.read(topsSequence) { tops[table.slot].copy(into: buffer) }
  }

  /// The newest items with few events, newest first, at most `ColdList.capacity`; returns how many.
  public func coldItems(into buffer: UnsafeMutableBufferPointer<ItemIndex>) -> Int {
    SequenceLock.read(coldSequence) { cold.pointee.copy(into: buffer) }
  }

  /// The catalogue as last published.
  public var catalogue: Catalogue { published.withLock { $0 } }

  /// Bytes of neighbour lists; only the writer may ask.
  public var neighbourBytes: Int { lists.bytes }

  // MARK: the writer's side

  func row(at index: ItemIndex) -> UnsafeMutablePointer<ItemRow> {
    // Allocated before the index was handed out.
    chunks[Int(index) / Self.chunkRows].unsafelyUnwrapped + Int(index) % Self.chunkRows
  }

  func sequence(at index: ItemIndex) -> SequenceLock.Word {
    sequences[Int(index) / Self.chunkRows].unsafelyUnwrapped + Int(index) % Self.chunkRows
  }

  /// The item's index, a new one where it is met for the first time; nil when the state is full.
  func intern(_ key: ItemKey) -> ItemIndex? {
    if let index = keys.find(key) { return index }
    let next = keys.count
    guard next < Self.maximumItems else { return nil }
    let chunk = next / Self.chunkRows
    if chunks[chunk] == nil {
      let rows = UnsafeMutablePointer<ItemRow>.allocate(capacity: Self.chunkRows)
      rows.initialize(repeating: ItemRow(), count: Self.chunkRows)
      let words = SequenceLock.Word.allocate(capacity: Self.chunkRows)
      for row in 0..<Self.chunkRows { (words + row).initialize(to: Atomic(0)) }
      chunks[chunk] = rows
      sequences[chunk] = words
    }
    return keys.insert(key).index
  }

  /// Takes an item's description from the `items` topic. Returns nil when the state is full.
  @discardableResult public func describe(_ id: EntityID, _ metadata: ItemMetadata) -> ItemIndex? {
    guard let index = name(id) else { return nil }
    let isNew = working.item(at: index).map { !$0.isDescribed } ?? true
    working.describe(id, metadata, at: index)
    if isNew && row(at: index).pointee.count < ColdList.warmEvents {
      SequenceLock.write(coldSequence) { cold.pointee.admit(index) }
    }
    return index
  }

  /// Hides an item (a tombstone on `items`).
  public func remove(_ key: ItemKey) {
    guard let index = keys.find(key) else { return }
    working.remove(at: index)
    SequenceLock.write(coldSequence) { cold.pointee.drop(index) }
  }

  /// The index of an item that an event names.
  func name(_ id: EntityID) -> ItemIndex? {
    guard let index = intern(ItemKey(id)) else { return nil }
    working.note(id, at: index)
    return index
  }

  /// Lets readers see the catalogue's changes; cheap when there are none. Copies the index of items, so callers batch it.
  public func publishCatalogue() {
    let changed = working
    published.withLock { if $0.revision != changed.revision { $0 = changed } }
  }

}
