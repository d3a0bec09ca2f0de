/// 64-bit key -> Int32 value, open addressing, for keys that are hashes already (or integers).
///
/// One owner writes; readers on other threads must hold a table that nobody writes. Load factor at most 3/4.
/// - Complexity: O(1) expected for every operation.
// Proof of Sendable: the storage is owned by this noncopyable value alone, and moves with it.
public struct KeyTable: ~Copyable, @unchecked Sendable {
  private var keys: UnsafeMutablePointer<UInt64>
  private var values: UnsafeMutablePointer<Int32>
  private var mask: Int
  public private(set) var count = 0
  private static let free: Int32 = -1

  public init(minimumCapacity: Int = 16) {
    var size = 16
    while size * 3 < minimumCapacity * 4 { size *= 2 }
    mask = size - 1
    keys = .allocate(capacity: size)
    values = .allocate(capacity: size)
    keys.initialize(repeating: 0, count: size)
    values.initialize(repeating: Self.free, count: size)
  }

  deinit {
    keys.deallocate()
    values.deallocate()
  }

  /// Multiply-fold, so that small integers spread as well as hashes.
  @inline(__always) private static func home(_ key: UInt64) -> Int {
    let (high, low) = key.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return Int(truncatingIfNeeded: high ^ low)
  }

  public func find(_ key: UInt64) -> Int32? {
    var slot = Self.home(key) & mask
    while true {
      let value = values[slot]
      if value == Self.free { return nil }
      if keys[slot] == key { return value }
      slot = (slot &+ 1) & mask
    }
  }

  /// Inserts or replaces.
  /// - Precondition: `value` >= 0.
  public mutating func set(_ key: UInt64, _ value: Int32) {
    precondition(value >= 0, "a KeyTable holds values from 0 on, got \(value)")
    if (count + 1) * 4 > (mask + 1) * 3 { grow() }
    var slot = Self.home(key) & mask
    while values[slot] != Self.free {
      if keys[slot] == key {
        values[slot] = value
        return
      }
      slot = (slot &+ 1) & mask
    }
    keys[slot] = key
    values[slot] = value
    count += 1
  }

  /// Removes by shifting the run behind it back, so that no tombstones pile up.
  @discardableResult public mutating func remove(_ key: UInt64) -> Int32? {
    var slot = Self.home(key) & mask
    while values[slot] != Self.free && keys[slot] != key { slot = (slot &+ 1) & mask }
    if values[slot] == Self.free { return nil }
    let removed = values[slot]
    var hole = slot
    var next = (slot &+ 1) & mask
    while values[next] != Self.free {
      let home = Self.home(keys[next]) & mask
      if (next &- home) & mask >= (next &- hole) & mask {
        keys[hole] = keys[next]
        values[hole] = values[next]
        hole = next
      }
      next = (next &+ 1) & mask
    }
    values[hole] = Self.free
    count -= 1
    return removed
  }

  private mutating func grow() {
    var larger = KeyTable(minimumCapacity: (mask + 1) * 3 / 2)
    for slot in 0...mask where values[slot] != Self.free { larger.set(keys[slot], values[slot]) }
    swap(&self, &larger)
  }
}
