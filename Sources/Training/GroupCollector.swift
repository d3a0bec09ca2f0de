import Features
import Recommender
import State

/// Makes training groups from positives that were scored before they were applied.
///
/// Call, for each event in the log's order: `attribute` (every positive), then `propose` (where the positive was scored),
/// and `mature` with the event's time. One owner, one thread; deterministic in its calls.
public struct GroupCollector {
  public let settings: GroupSettings
  private let registryHash: UInt64
  private let rankColumns: Range<Int>
  private let featureCount: Int
  /// In the order of proposal; `first` is the sequence of the one at `head`.
  private var pending: [PendingGroup] = []
  private var head = 0
  private var byUser: [UInt64: [UInt64]] = [:]
  private var nextSequence: UInt64 = 0
  /// Positives that were scored, and those whose item was among the candidates.
  public private(set) var proposedCount: UInt64 = 0
  public private(set) var coveredCount: UInt64 = 0

  public init(registry: FeatureRegistry, settings: GroupSettings = GroupSettings()) {
    self.settings = settings
    registryHash = registry.hash
    featureCount = registry.count
    rankColumns = registry.rankColumns
  }

  public var pendingCount: Int { pending.count - head }

  /// Takes the candidates that lie in `scratch` as a group with `target` as its best answer; nothing where the candidates
  /// do not hold it, for there is nothing to learn about their order then.
  public mutating func propose(_ scratch: RecommendScratch, userHash: UInt64, target: ItemIndex, timeMs: Int64) {
    proposedCount += 1
    let table = scratch.table
    let items = Array(UnsafeBufferPointer(start: table.items, count: table.count))
    guard let place = items.firstIndex(of: target) else { return }
    coveredCount += 1
    var labels = [UInt8](repeating: 0, count: items.count)
    labels[place] = GroupSettings.targetLabel
    let matrix = Array(UnsafeBufferPointer(start: scratch.matrix, count: items.count * featureCount))
    append(
      PendingGroup(
        sequence: nextSequence, userHash: userHash, timeMs: timeMs, items: items, matrix: matrix, labels: labels))
  }

  /// Takes those of a shown list's items that lie among the candidates in `scratch` as a group with their places; what
  /// the user likes of them within the attribution window is wanted, the rest was passed over. A list of which nothing is
  /// liked teaches nothing.
  public mutating func proposeShown(
    _ scratch: RecommendScratch, userHash: UInt64, shown: [(item: ItemIndex, position: Int)], timeMs: Int64
  ) {
    let table = scratch.table
    let candidates = UnsafeBufferPointer(start: table.items, count: table.count)
    var items: [ItemIndex] = []
    var positions: [UInt8] = []
    var matrix: [Float] = []
    for (item, position) in shown where position <= settings.shownPlaces && !items.contains(item) {
      guard let place = candidates.firstIndex(of: item) else { continue }
      items.append(item)
      positions.append(UInt8(clamping: position))
      matrix.append(
        contentsOf: UnsafeBufferPointer(start: scratch.matrix + place * featureCount, count: featureCount))
    }
    guard items.count > 1 else { return }
    append(
      PendingGroup(
        sequence: nextSequence, userHash: userHash, timeMs: timeMs, items: items, matrix: matrix,
        labels: [UInt8](repeating: 0, count: items.count), positions: positions))
  }

  private mutating func append(_ group: PendingGroup) {
    byUser[group.userHash, default: []].append(nextSequence)
    pending.append(group)
    nextSequence += 1
  }

  /// The user liked `item`: a label for each of the user's groups that wait and have it among their candidates.
  public mutating func attribute(userHash: UInt64, item: ItemIndex, timeMs: Int64) {
    guard let sequences = byUser[userHash] else { return }
    let base = nextSequence - UInt64(pendingCount)
    for sequence in sequences where sequence >= base {
      pending[head + Int(sequence - base)].attribute(item, timeMs: timeMs, settings: settings)
    }
  }

  /// Hands over the groups whose waiting ended before `nowMs`, in their order.
  public mutating func mature(nowMs: Int64, _ take: (TrainingGroup) -> Void) {
    while head < pending.count {
      let group = pending[head]
      guard nowMs - group.timeMs >= settings.attributionMs || pendingCount > settings.maximumPending else { break }
      if group.teaches {
        take(group.sampled(settings, rankColumns: rankColumns, registryHash: registryHash))
      }
      release(group)
    }
    if head > settings.maximumPending {
      pending.removeFirst(head)
      head = 0
    }
  }

  private mutating func release(_ group: PendingGroup) {
    pending[head] = PendingGroup(
      sequence: group.sequence, userHash: 0, timeMs: 0, items: [], matrix: [], labels: [])
    head += 1
    if var sequences = byUser.removeValue(forKey: group.userHash) {
      sequences.removeAll { $0 == group.sequence }
      if !sequences.isEmpty { byUser[group.userHash] = sequences }
    }
  }

  /// Drops what waits of an erased user.
  public mutating func erase(userHash: UInt64) {
    guard let sequences = byUser.removeValue(forKey: userHash) else { return }
    let base = nextSequence - UInt64(pendingCount)
    for sequence in sequences where sequence >= base {
      let place = head + Int(sequence - base)
      pending[place] = PendingGroup(
        sequence: sequence, userHash: 0, timeMs: pending[place].timeMs, items: [], matrix: [], labels: [])
    }
  }
}
