/// The newest described items that few events have named yet, newest last.
///
/// Bounded: a catalogue that is loaded at once has more cold items than any list should show, and a full list forgets the
/// ones that were described first. An item leaves for good once it has `warmEvents` events: from there on the other
/// sources find it by what was learned of it.
public struct ColdList {
  /// 512 items are scored in some 10 us; at a new item a minute they are the last eight hours'.
  public static let capacity = 512
  /// Events that make an item warm: co-visitation and popularity say little of an item before ten.
  public static let warmEvents: UInt32 = 10

  private(set) var count = 0
  private let items = UnsafeMutablePointer<ItemIndex>.allocate(capacity: Self.capacity)

  func deallocate() { items.deallocate() }

  /// O(`capacity`), a scan of 4-byte words.
  mutating func admit(_ item: ItemIndex) {
    if NeighbourLists.find(item, items, count) < count { return }
    if count == Self.capacity { remove(at: 0) }
    items[count] = item
    count += 1
  }

  mutating func drop(_ item: ItemIndex) {
    let place = NeighbourLists.find(item, items, count)
    if place < count { remove(at: place) }
  }

  mutating func removeAll() { count = 0 }

  private mutating func remove(at place: Int) {
    for later in place + 1..<max(count, place + 1) { items[later - 1] = items[later] }
    count -= 1
  }

  /// Copies the newest items, newest first.
  func copy(into buffer: UnsafeMutableBufferPointer<ItemIndex>) -> Int {
    // A torn read must not leave the buffer.
    let known = max(0, min(count, Self.capacity))
    let taken = min(known, buffer.count)
    for place in 0..<taken { buffer[place] = items[known - 1 - place] }
    return taken
  }
}
