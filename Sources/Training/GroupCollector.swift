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
  /// Apart: a shown list is small and worth nothing before its user had time to take something from it, so that groups
  /// of all candidates, which fill their room in seconds under load, must not push it out.
  private var candidates: GroupQueue
  private var shown: GroupQueue
  private var nextSequence: UInt64 = 0
  /// Positives that were scored, and those whose item was among the candidates.
  public private(set) var proposedCount: UInt64 = 0
  public private(set) var coveredCount: UInt64 = 0

  public init(registry: FeatureRegistry, settings: GroupSettings = GroupSettings()) {
    self.settings = settings
    registryHash = registry.hash
    featureCount = registry.count
    rankColumns = registry.rankColumns
    candidates = GroupQueue(maximumCount: settings.maximumPending)
    shown = GroupQueue(maximumCount: settings.maximumShownPending, maximumBytes: settings.maximumShownBytes)
  }

  public var pendingCount: Int { candidates.count + shown.count }

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
    candidates.append(
      PendingGroup(
        sequence: nextSequence, userHash: userHash, timeMs: timeMs, items: items, matrix: matrix, labels: labels))
    nextSequence += 1
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
    self.shown.append(
      PendingGroup(
        sequence: nextSequence, userHash: userHash, timeMs: timeMs, items: items, matrix: matrix,
        labels: [UInt8](repeating: 0, count: items.count), positions: positions))
    nextSequence += 1
  }

  /// The user liked `item`: a label for each of the user's groups that wait and have it among their candidates.
  public mutating func attribute(userHash: UInt64, item: ItemIndex, timeMs: Int64) {
    candidates.attribute(userHash: userHash, item: item, timeMs: timeMs, settings: settings)
    shown.attribute(userHash: userHash, item: item, timeMs: timeMs, settings: settings)
  }

  /// Hands over the groups whose waiting ended before `nowMs`, those of each sort in their order.
  public mutating func mature(nowMs: Int64, _ take: (TrainingGroup) -> Void) {
    let (settings, rankColumns, registryHash) = (settings, rankColumns, registryHash)
    func finish(_ group: PendingGroup) {
      guard group.teaches else { return }
      take(group.sampled(settings, rankColumns: rankColumns, registryHash: registryHash))
    }
    candidates.mature(nowMs: nowMs, after: settings.attributionMs, finish)
    shown.mature(nowMs: nowMs, after: settings.attributionMs, finish)
  }

  /// Drops what waits of an erased user.
  public mutating func erase(userHash: UInt64) {
    candidates.erase(userHash: userHash)
    shown.erase(userHash: userHash)
  }
}
