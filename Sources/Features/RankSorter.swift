/// Ranks of columns of scores, by a stable radix sort: some four times as fast as comparing at 500 candidates, and its
/// ties stand in the order in which the elements come.
///
/// Belongs to one worker thread.
final class RankSorter {
  private static let digits = 4
  private static let buckets = 256

  @exclusivity(unchecked) private var keys: UnsafeMutablePointer<UInt64>
  @exclusivity(unchecked) private var other: UnsafeMutablePointer<UInt64>
  private let order: UnsafeMutablePointer<UInt32>
  private let counts: UnsafeMutablePointer<Int32>

  /// - Parameter capacity: of a column.
  init(capacity: Int) {
    keys = .allocate(capacity: capacity)
    other = .allocate(capacity: capacity)
    order = .allocate(capacity: capacity)
    counts = .allocate(capacity: Self.digits * Self.buckets)
  }

  deinit {
    keys.deallocate()
    other.deallocate()
    order.deallocate()
    counts.deallocate()
  }

  /// Equal scores of later calls are ranked as this column ranks them; equal ones of this column by their places.
  func setTieOrder(_ scores: UnsafePointer<Float>, _ count: Int) {
    let keys = self.keys
    for place in 0..<count { keys[place] = Self.descending(scores[place]) << 32 | UInt64(place) }
    sort(count)
    let sorted = self.keys
    for rank in 0..<count { order[rank] = UInt32(truncatingIfNeeded: sorted[rank]) }
  }

  /// Writes each element's rank, 0 for the largest score.
  func rank(_ scores: UnsafePointer<Float>, _ count: Int, into ranks: UnsafeMutablePointer<Float>) {
    let keys = self.keys
    let order = self.order
    for rank in 0..<count {
      let place = order[rank]
      keys[rank] = Self.descending(scores[Int(place)]) << 32 | UInt64(place)
    }
    sort(count)
    let sorted = self.keys
    for rank in 0..<count { ranks[Int(UInt32(truncatingIfNeeded: sorted[rank]))] = Float(rank) }
  }

  /// Sorts the keys by their upper halves, a byte a pass; a byte that all share needs none.
  private func sort(_ count: Int) {
    // Locals: a store through a pointer could change a property for all that the compiler knows.
    var from = keys
    var to = other
    let counts = self.counts
    counts.update(repeating: 0, count: Self.digits * Self.buckets)
    for place in 0..<count {
      let key = from[place]
      counts[Int(key >> 32 & 0xff)] &+= 1
      counts[Self.buckets + Int(key >> 40 & 0xff)] &+= 1
      counts[2 * Self.buckets + Int(key >> 48 & 0xff)] &+= 1
      counts[3 * Self.buckets + Int(key >> 56)] &+= 1
    }
    for digit in 0..<Self.digits where count > 0 {
      let own = counts + digit * Self.buckets
      let shift = UInt64(32 &+ 8 &* digit)
      if own[Int(from[0] &>> shift & 0xff)] == Int32(count) { continue }
      var start: Int32 = 0
      for bucket in 0..<Self.buckets {
        let number = own[bucket]
        own[bucket] = start
        start &+= number
      }
      for place in 0..<count {
        let key = from[place]
        let bucket = Int(key &>> shift & 0xff)
        to[Int(own[bucket])] = key
        own[bucket] &+= 1
      }
      swap(&from, &to)
    }
    keys = from
    other = to
  }

  /// A 32-bit key whose ascending order is the descending order of floats; -0 equals 0.
  @inline(__always) static func descending(_ value: Float) -> UInt64 {
    let bits = (value + 0).bitPattern
    let ascending = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    return UInt64(~ascending)
  }
}
