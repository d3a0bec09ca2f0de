import Synchronization

/// A dictionary with a bound on what it holds: what was used longest ago goes first. A value; one thread at a time.
///
/// - Complexity: O(1) expected for look-up and insertion.
struct RecentMap<Key: Hashable, Value> {
  fileprivate struct Node {
    var key: Key
    var value: Value
    var cost: Int
    var newer: Int
    var older: Int
  }

  private static var none: Int { -1 }

  let countLimit: Int
  let costLimit: Int
  private(set) var cost = 0
  private var places: [Key: Int] = [:]
  private var nodes: [Node?] = []
  private var free: [Int] = []
  private var newest = -1
  private var oldest = -1

  /// - Parameters:
  ///   - countLimit: values at most.
  ///   - costLimit: sum of costs at most.
  init(countLimit: Int, costLimit: Int) {
    self.countLimit = countLimit
    self.costLimit = costLimit
  }

  var count: Int { places.count }

  /// Finds a value, and makes it the newest.
  mutating func use(_ key: Key) -> Value? {
    guard let place = places[key], let value = nodes[place]?.value else { return nil }
    if place != newest {
      unlink(place)
      linkAsNewest(place)
    }
    return value
  }

  /// Inserts or replaces; a value that costs more than all may is not kept.
  mutating func set(_ key: Key, _ value: Value, cost: Int) {
    remove(key)
    guard countLimit > 0, cost <= costLimit else { return }
    while count >= countLimit || self.cost + cost > costLimit, removeOldest() {}
    let node = Node(key: key, value: value, cost: cost, newer: Self.none, older: Self.none)
    let place: Int
    if let reused = free.popLast() {
      place = reused
      nodes[place] = node
    } else {
      place = nodes.count
      nodes.append(node)
    }
    places[key] = place
    self.cost += cost
    linkAsNewest(place)
  }

  mutating func remove(_ key: Key) {
    guard let place = places.removeValue(forKey: key) else { return }
    unlink(place)
    cost -= nodes[place]?.cost ?? 0
    nodes[place] = nil
    free.append(place)
  }

  /// Removes every value whose key matches. O(count).
  mutating func removeAll(where matches: (Key) -> Bool) {
    for key in places.keys.filter(matches) { remove(key) }
  }

  private mutating func removeOldest() -> Bool {
    guard oldest != Self.none, let key = nodes[oldest]?.key else { return false }
    remove(key)
    return true
  }

  private mutating func unlink(_ place: Int) {
    guard let node = nodes[place] else { return }
    if node.newer == Self.none { newest = node.older } else { nodes[node.newer]?.older = node.older }
    if node.older == Self.none { oldest = node.newer } else { nodes[node.older]?.newer = node.newer }
  }

  private mutating func linkAsNewest(_ place: Int) {
    nodes[place]?.older = newest
    nodes[place]?.newer = Self.none
    if newest != Self.none { nodes[newest]?.newer = place }
    newest = place
    if oldest == Self.none { oldest = place }
  }
}

extension RecentMap: Sendable where Key: Sendable, Value: Sendable {}
extension RecentMap.Node: Sendable where Key: Sendable, Value: Sendable {}

/// `RecentMap`s behind locks of their own, so that workers seldom wait for each other. Any thread.
///
/// What belongs to one user lies in one part.
final class SharedRecentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// More than there are cores to fight for them.
  private static var partCount: Int { 16 }

  private let parts: [Part]

  private final class Part: Sendable {
    let map: Mutex<RecentMap<Key, Value>>
    init(_ map: RecentMap<Key, Value>) { self.map = Mutex(map) }
  }

  init(countLimit: Int, costLimit: Int) {
    // A small map is one part: cut into sixteen it would hold less than it says.
    let count = countLimit < 64 * Self.partCount ? 1 : Self.partCount
    parts = (0..<count).map { _ in
      Part(RecentMap(countLimit: countLimit / count, costLimit: costLimit / count))
    }
  }

  private func part(_ userHash: UInt64) -> Part { parts[Int(truncatingIfNeeded: userHash % UInt64(parts.count))] }

  func use(_ key: Key, userHash: UInt64) -> Value? { part(userHash).map.withLock { $0.use(key) } }

  func set(_ key: Key, _ value: Value, cost: Int, userHash: UInt64) {
    part(userHash).map.withLock { $0.set(key, value, cost: cost) }
  }

  func remove(_ key: Key, userHash: UInt64) { part(userHash).map.withLock { $0.remove(key) } }

  /// O(values of the user's part).
  func removeAll(userHash: UInt64, where matches: @Sendable (Key) -> Bool) {
    part(userHash).map.withLock { $0.removeAll(where: matches) }
  }

  var count: Int { parts.reduce(0) { $0 + $1.map.withLock { $0.count } } }
}
