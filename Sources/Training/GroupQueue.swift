import State

/// Groups that wait for what their users like next, in the order of their proposal. Bounded: beyond its bounds the oldest
/// mature early. One owner, one thread; deterministic in its calls.
struct GroupQueue {
  let maximumCount: Int
  let maximumBytes: Int
  private var groups: [PendingGroup] = []
  private var head = 0
  /// Number of the group at `head`, counted from the first that ever waited.
  private var first = 0
  private var byUser: [UInt64: [Int]] = [:]
  /// Of the features that wait.
  private(set) var bytes = 0

  init(maximumCount: Int, maximumBytes: Int = .max) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
  }

  var count: Int { groups.count - head }

  mutating func append(_ group: PendingGroup) {
    byUser[group.userHash, default: []].append(first + count)
    bytes += group.bytes
    groups.append(group)
  }

  /// The user liked `item`: a label for each of the user's groups that have it.
  mutating func attribute(userHash: UInt64, item: ItemIndex, timeMs: Int64, settings: GroupSettings) {
    for number in byUser[userHash] ?? [] {
      groups[head + number - first].attribute(item, timeMs: timeMs, settings: settings)
    }
  }

  /// Hands over the groups whose waiting ended before `nowMs`, in their order, and those that there is no room for.
  mutating func mature(nowMs: Int64, after attributionMs: Int64, _ take: (PendingGroup) -> Void) {
    while head < groups.count {
      let group = groups[head]
      let isFull = count > maximumCount || bytes > maximumBytes
      guard nowMs - group.timeMs >= attributionMs || isFull else { break }
      take(group)
      releaseOldest()
    }
    // Moving the rest costs as much as was released since the last time.
    if head > groups.count / 2 {
      groups.removeFirst(head)
      head = 0
    }
  }

  private mutating func releaseOldest() {
    let user = groups[head].userHash
    bytes -= groups[head].bytes
    groups[head] = groups[head].emptied
    if var numbers = byUser.removeValue(forKey: user) {
      numbers.removeAll { $0 == first }
      if !numbers.isEmpty { byUser[user] = numbers }
    }
    head += 1
    first += 1
  }

  /// Drops what waits of an erased user; the emptied groups mature in their turn, and teach nothing.
  mutating func erase(userHash: UInt64) {
    for number in byUser.removeValue(forKey: userHash) ?? [] {
      let place = head + number - first
      bytes -= groups[place].bytes
      groups[place] = groups[place].emptied
    }
  }
}
