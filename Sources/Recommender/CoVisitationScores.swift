import Features
import Glibc
import State

/// What the neighbour lists of the user's last items say, summed per neighbour.
///
/// Sums are kept in slots handed out to the neighbours that are met, so memory beyond one word an item is bounded by the
/// lists that are read. Belongs to one worker thread.
final class CoVisitationScores {
  /// Items of the history whose lists are read (learning.md, point 4).
  static let historyItems = 20
  static let capacity = historyItems * NeighbourCopy.capacity
  /// The newest items that the short windows look at.
  private static let shortWindow = 3

  enum Sum: Int, CaseIterable {
    case all, liked, agreeing, session, minute, last3, last1, strongest, historyItems, unliked, fromUnliked
  }
  /// A power of two, so that a slot is one cache line.
  static let stride = 16

  // One thread's, and touched for each neighbour of each list: an access check would cost more than the sums.
  @exclusivity(unchecked) private(set) var count = 0
  let items: UnsafeMutablePointer<ItemIndex>
  private let sums: UnsafeMutablePointer<Float>
  @exclusivity(unchecked) private var slots: UnsafeMutablePointer<Int32>
  @exclusivity(unchecked) private var slotCapacity = 0
  private var list = NeighbourCopy()

  init() {
    items = .allocate(capacity: Self.capacity)
    sums = .allocate(capacity: Self.capacity * Self.stride)
    slots = .allocate(capacity: 1)
  }

  deinit {
    items.deallocate()
    sums.deallocate()
    slots.deallocate()
  }

  func value(_ slot: Int, _ sum: Sum) -> Float { sums[slot * Self.stride + sum.rawValue] }

  /// The item's slot, or nil where no list holds it.
  func slot(_ item: ItemIndex) -> Int? {
    guard Int(item) < slotCapacity, slots[Int(item)] >= 0 else { return nil }
    return Int(slots[Int(item)])
  }

  /// Forgets the last query. O(neighbours of the last query).
  private func reset(itemCount: Int) {
    for slot in 0..<count { slots[Int(items[slot])] = -1 }
    count = 0
    guard itemCount > slotCapacity else { return }
    slots.deallocate()
    slotCapacity = max(1_024, itemCount + itemCount / 4)
    slots = .allocate(capacity: slotCapacity)
    slots.initialize(repeating: -1, count: slotCapacity)
  }

  /// Reads the lists of the last items; with `isRead` false there is no neighbour.
  /// - Complexity: O(20 * list length).
  func fill(_ history: HistoryView, _ state: ItemState, isRead: Bool = true) {
    reset(itemCount: state.count)
    guard isRead else { return }
    var likes = 0
    for age in 0..<min(Self.historyItems, history.count) {
      let entry = history.entries[age]
      state.neighbours(of: entry.item, into: &list)
      add(age: age, likes: likes, isLiked: entry.isLiked)
      if entry.isLiked { likes += 1 }
    }
  }

  /// Divides every sum by sqrt(n + 10), n being the neighbour's events: popular items meet everything.
  func normalise(_ state: ItemState) {
    for slot in 0..<count {
      let scale = 1 / sqrtf(Float(state.eventCount(items[slot])) + 10)
      let base = sums + slot * Self.stride
      for sum in 0..<Sum.allCases.count where sum != Sum.historyItems.rawValue { base[sum] *= scale }
    }
  }

  private func slotForWriting(_ item: ItemIndex) -> Int? {
    guard Int(item) < slotCapacity else { return nil }
    let known = slots[Int(item)]
    if known >= 0 { return Int(known) }
    let slot = count
    count += 1
    slots[Int(item)] = Int32(slot)
    items[slot] = item
    (sums + slot * Self.stride).update(repeating: 0, count: Self.stride)
    return slot
  }

  private func add(age: Int, likes: Int, isLiked: Bool) {
    let scale = 1 / (list.factor * sqrtf(Float(list.ownerCount) + 1))
    let recent = powf(0.8, Float(age)) * scale
    let recentLikes = powf(0.8, Float(likes)) * scale * (isLiked ? 1 : 0.5)
    let slow = powf(0.9, Float(age)) * scale
    let short = 1 / list.factor
    let all = list.column(.all)
    let both = list.column(.bothLiked)
    let other = list.column(.neighbourLiked)
    let session = list.column(.session)
    let minute = list.column(.minute)
    for place in 0..<list.count {
      guard let slot = slotForWriting(list.keys[place]) else { continue }
      let sum = sums + slot * Self.stride
      let term = recent * all[place]
      let agreeing = isLiked ? both[place] : other[place]
      let disagreeing = isLiked ? other[place] : both[place]
      sum[Sum.all.rawValue] += term
      sum[Sum.liked.rawValue] += recent * (agreeing + 0.5 * disagreeing)
      sum[Sum.agreeing.rawValue] += recentLikes * agreeing
      sum[Sum.session.rawValue] += slow * session[place]
      sum[Sum.minute.rawValue] += slow * minute[place]
      sum[Sum.strongest.rawValue] = max(sum[Sum.strongest.rawValue], term)
      sum[Sum.historyItems.rawValue] += 1
      sum[Sum.unliked.rawValue] += recent * max(0, all[place] - both[place] - other[place])
      if !isLiked { sum[Sum.fromUnliked.rawValue] += recent * other[place] }
      if age < Self.shortWindow { sum[Sum.last3.rawValue] += short * all[place] }
      if age == 0 { sum[Sum.last1.rawValue] += short * all[place] }
    }
  }
}
