/// A reader's own copy of one item's neighbour list, reused from read to read.
public struct NeighbourCopy: ~Copyable {
  public static let capacity = NeighbourLists.maximum

  /// Entries copied.
  public internal(set) var count = 0
  /// What a weight must be divided by to be a decayed count: 2^(events of the owner since the list's origin / 150).
  public internal(set) var factor: Float = 1
  /// Events of the list's owner.
  public internal(set) var ownerCount: UInt32 = 0
  /// `count` neighbour indices.
  public let keys = UnsafeMutablePointer<ItemIndex>.allocate(capacity: capacity)
  private let weights = UnsafeMutablePointer<Float>.allocate(capacity: capacity * NeighbourLists.columns)

  public init() {}

  deinit {
    keys.deallocate()
    weights.deallocate()
  }

  /// `count` weights of a column.
  public func column(_ column: NeighbourColumn) -> UnsafeMutablePointer<Float> {
    weights + column.rawValue * Self.capacity
  }

  mutating func copy(_ row: UnsafeMutablePointer<ItemRow>) {
    let list = row.pointee.list
    ownerCount = row.pointee.count
    factor = Decay.exp2(Float(ownerCount &- list.origin) / NeighbourLists.halfLife)
    // The address itself lies in a slab for ever; a class beyond ours can only be a torn word.
    guard list.block != 0, Int(list.block >> 56) < NeighbourLists.classes else {
      count = 0
      return
    }
    count = min(Int(list.count), NeighbourLists.capacity(list.block))
    keys.update(from: NeighbourLists.keys(list.block), count: count)
    for name in NeighbourColumn.allCases {
      column(name).update(from: NeighbourLists.column(list.block, name.rawValue), count: count)
    }
  }
}
