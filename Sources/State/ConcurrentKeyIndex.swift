import Identity
import Synchronization

/// ItemKey -> ItemIndex: one writer inserts, any number of readers look up without waiting.
///
/// Open addressing, insert only. A slot's key is written before its value is published (release), and a reader that
/// sees the value (acquire) sees the key. Growth builds a larger table and publishes it; the old one is kept until the
/// index goes, because a reader may still be in it: together they are smaller than the current one.
// Proof of Sendable: writes come from one thread (the owner's rule, stated at `insert`), readers touch only atomics and
// keys that were published through them.
final class ConcurrentKeyIndex: @unchecked Sendable {
  private struct Table {
    let keys: UnsafeMutablePointer<UInt64>
    let values: UnsafeMutablePointer<Atomic<Int32>>
    let mask: Int

    init(size: Int) {
      keys = .allocate(capacity: size)
      keys.initialize(repeating: 0, count: size)
      values = .allocate(capacity: size)
      for slot in 0..<size { (values + slot).initialize(to: Atomic(-1)) }
      mask = size - 1
    }

    func deallocate() {
      keys.deallocate()
      values.deallocate()
    }

    func find(_ key: UInt64) -> Int32? {
      var slot = Int(truncatingIfNeeded: Hash64.mix(key)) & mask
      while true {
        let value = values[slot].load(ordering: .acquiring)
        if value < 0 { return nil }
        if keys[slot] == key { return value }
        slot = (slot &+ 1) & mask
      }
    }

    func insert(_ key: UInt64, _ value: Int32) {
      var slot = Int(truncatingIfNeeded: Hash64.mix(key)) & mask
      while values[slot].load(ordering: .relaxed) >= 0 { slot = (slot &+ 1) & mask }
      keys[slot] = key
      values[slot].store(value, ordering: .releasing)
    }
  }

  private let current: Atomic<UnsafeMutablePointer<Table>>
  private var retired: [UnsafeMutablePointer<Table>] = []
  private let published = Atomic<Int>(0)

  init() {
    let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    table.initialize(to: Table(size: 1_024))
    current = Atomic(table)
  }

  deinit {
    for table in retired + [current.load(ordering: .relaxed)] {
      table.pointee.deallocate()
      table.deallocate()
    }
  }

  var count: Int { published.load(ordering: .acquiring) }

  func find(_ key: ItemKey) -> ItemIndex? {
    current.load(ordering: .acquiring).pointee.find(key.rawValue)
  }

  /// The key's index, the next free one where it is new. Only the one writer may call it.
  func insert(_ key: ItemKey) -> (index: ItemIndex, isNew: Bool) {
    let table = current.load(ordering: .relaxed)
    if let index = table.pointee.find(key.rawValue) { return (index, false) }
    let index = ItemIndex(published.load(ordering: .relaxed))
    if (Int(index) + 1) * 4 > (table.pointee.mask + 1) * 3 { grow(table) }
    current.load(ordering: .relaxed).pointee.insert(key.rawValue, index)
    published.store(Int(index) + 1, ordering: .releasing)
    return (index, true)
  }

  private func grow(_ old: UnsafeMutablePointer<Table>) {
    let larger = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    larger.initialize(to: Table(size: (old.pointee.mask + 1) * 2))
    for slot in 0...old.pointee.mask {
      let value = old.pointee.values[slot].load(ordering: .relaxed)
      if value >= 0 { larger.pointee.insert(old.pointee.keys[slot], value) }
    }
    current.store(larger, ordering: .releasing)
    retired.append(old)
  }
}
