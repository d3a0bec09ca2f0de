import Glibc

/// What two items have in common in users' histories, one weight a meaning (learning.md, 'Co-visitation without
/// scanning histories'). The list's item is the one that owns the list.
public enum NeighbourColumn: Int, CaseIterable, Sendable {
  /// Met within 12 places.
  case all = 0
  /// Both liked.
  case bothLiked = 1
  /// The neighbour liked, the list's item not.
  case neighbourLiked = 2
  /// Within half an hour.
  case session = 3
  /// Within a minute, the neighbour liked.
  case minute = 4
}

/// Where a list lies: size class and address in one word, so that a torn read can mix neither.
struct NeighbourListReference: BitwiseCopyable {
  /// Address in the low 56 bits, size class in the high 8; 0: no list.
  var block: UInt64 = 0
  var count: UInt32 = 0
  /// Events of the item at which the decay exponent was 0.
  var origin: UInt32 = 0
}

/// Bounded, decayed neighbour lists in memory that grows on demand and is never given back: a reader may still be
/// copying from a block that has moved on, and must find mapped memory there.
///
/// A block of class c holds 16 << c entries: neighbour indices, then five columns of weights. Weights carry the forward
/// decay factor 2^(n / 150), n being the owner's number of events since `origin`; when the exponent passes 40 the list
/// is divided through.
struct NeighbourLists {
  static let columns = NeighbourColumn.allCases.count
  static let classes = 5
  /// At most this many neighbours an item: 0 to 1 % of the single signals' NDCG below a full scan, 7.2 KB.
  static let maximum = 16 << (classes - 1)
  /// Half-life in events of the owner. Flat between 80 and 200.
  static let halfLife: Float = 150
  private static let maximumExponent: Float = 40
  /// Entries are carved from slabs of this size.
  private static let slabBytes = 1 << 20

  private var slabs: [UnsafeMutableRawPointer] = []
  private var slabUsed = slabBytes
  private var free: [[UInt64]] = Array(repeating: [], count: classes)
  /// Bytes in blocks and free lists.
  private(set) var bytes = 0

  static func capacity(_ block: UInt64) -> Int { 16 << Int(block >> 56) }
  static func keys(_ block: UInt64) -> UnsafeMutablePointer<ItemIndex> {
    // The address was put there by `allocate`; a block word of 0 is checked by every caller.
    UnsafeMutablePointer(bitPattern: UInt(block & 0x00FF_FFFF_FFFF_FFFF)).unsafelyUnwrapped
  }
  static func column(_ block: UInt64, _ column: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(keys(block) + capacity(block) * (1 + column)).assumingMemoryBound(to: Float.self)
  }

  func deallocate() {
    for slab in slabs { slab.deallocate() }
  }

  private mutating func allocate(_ sizeClass: Int) -> UInt64 {
    if let block = free[sizeClass].popLast() { return block }
    let size = (16 << sizeClass) * (1 + Self.columns) * 4
    if slabUsed + size > Self.slabBytes {
      slabs.append(.allocate(byteCount: Self.slabBytes, alignment: 64))
      slabs[slabs.count - 1].initializeMemory(as: UInt8.self, repeating: 0, count: Self.slabBytes)
      bytes += Self.slabBytes
      slabUsed = 0
    }
    let address = UInt64(UInt(bitPattern: slabs[slabs.count - 1] + slabUsed))
    slabUsed += size
    return address | UInt64(sizeClass) << 56
  }

  /// The decay factor of an event that is the owner's `count`-th; divides the list through where the exponent is too
  /// large. The caller holds the owner's sequence lock.
  mutating func factor(_ list: inout NeighbourListReference, ownerCount: UInt32) -> Float {
    var exponent = Float(ownerCount &- list.origin) / Self.halfLife
    if exponent > Self.maximumExponent {
      let scale = Decay.exp2(-exponent)
      if list.block != 0 {
        for column in 0..<Self.columns {
          let weights = Self.column(list.block, column)
          for place in 0..<Int(list.count) { weights[place] *= scale }
        }
      }
      list.origin = ownerCount
      exponent = 0
    }
    return Decay.exp2(exponent)
  }

  /// Adds `weights` (with the factor in them) for `neighbour`. A full list gives way at its smallest liked weight, and
  /// only to a newcomer that has some: what was liked is what is worth remembering.
  mutating func add(
    _ neighbour: ItemIndex, _ weights: InlineArray<5, Float>, to list: inout NeighbourListReference
  ) {
    if list.block == 0 { list.block = allocate(0) }
    let block = list.block
    let count = Int(list.count)
    var place = Self.find(neighbour, Self.keys(block), count)
    if place < count {
      for column in 0..<Self.columns { Self.column(block, column)[place] += weights[column] }
      return
    }
    if count == Self.maximum {
      let liked = weights[NeighbourColumn.bothLiked.rawValue] + weights[NeighbourColumn.neighbourLiked.rawValue]
      if liked <= 0 { return }
      place = Self.leastLiked(block, count)
    } else {
      if count == Self.capacity(block) { grow(&list) }
      list.count += 1
    }
    Self.keys(list.block)[place] = neighbour
    for column in 0..<Self.columns { Self.column(list.block, column)[place] = weights[column] }
  }

  private mutating func grow(_ list: inout NeighbourListReference) {
    let old = list.block
    let count = Int(list.count)
    let new = allocate(Int(old >> 56) + 1)
    Self.keys(new).update(from: Self.keys(old), count: count)
    for column in 0..<Self.columns { Self.column(new, column).update(from: Self.column(old, column), count: count) }
    list.block = new
    free[Int(old >> 56)].append(old)
  }

  /// Place of `neighbour`, or `count`. Sixteen keys a step: the scan is most of an event's cost.
  @inline(__always)
  static func find(_ neighbour: ItemIndex, _ keys: UnsafeMutablePointer<ItemIndex>, _ count: Int) -> Int {
    let wanted = SIMD16<Int32>(repeating: neighbour)
    var place = 0
    while place + 16 <= count {
      let hit = UnsafeRawPointer(keys + place).loadUnaligned(as: SIMD16<Int32>.self) .== wanted
      if any(hit) { break }
      place += 16
    }
    while place < count && keys[place] != neighbour { place += 1 }
    return place
  }

  @inline(__always) private static func load(_ base: UnsafeMutablePointer<Float>, _ place: Int) -> SIMD8<Float> {
    UnsafeRawPointer(base + place).loadUnaligned(as: SIMD8<Float>.self)
  }

  private static func leastLiked(_ block: UInt64, _ count: Int) -> Int {
    let both = column(block, NeighbourColumn.bothLiked.rawValue)
    let one = column(block, NeighbourColumn.neighbourLiked.rawValue)
    // A full list: `count` is a multiple of 16. First the smallest value, eight lanes at a time, then its place.
    var lanes = SIMD8<Float>(repeating: .infinity)
    for place in stride(from: 0, to: count, by: 8) {
      let liked = load(both, place) + load(one, place)
      lanes.replace(with: liked, where: liked .< lanes)
    }
    var smallest = lanes[0]
    for lane in 1..<8 { smallest = min(smallest, lanes[lane]) }
    var least = 0
    while least < count - 1 && both[least] + one[least] != smallest { least += 1 }
    return least
  }

  /// Gives a list's block to the next that asks. The caller holds the owner's sequence lock.
  mutating func release(_ list: NeighbourListReference) {
    if list.block != 0 { free[Int(list.block >> 56)].append(list.block) }
  }

  /// A list as stored: for snapshots.
  mutating func restore(
    keys: [ItemIndex], columns: [[Float]], origin: UInt32
  ) -> NeighbourListReference {
    var list = NeighbourListReference()
    list.origin = origin
    guard !keys.isEmpty else { return list }
    var sizeClass = 0
    while 16 << sizeClass < keys.count { sizeClass += 1 }
    list.block = allocate(sizeClass)
    list.count = UInt32(keys.count)
    for (place, key) in keys.enumerated() { Self.keys(list.block)[place] = key }
    for column in 0..<Self.columns {
      for place in 0..<keys.count { Self.column(list.block, column)[place] = columns[column][place] }
    }
    return list
  }
}
