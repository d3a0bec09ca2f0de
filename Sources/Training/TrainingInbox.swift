import Recommender
import Replica
import State
import Synchronization
import Towers

/// What the trainings read: windows that the follower and the sample reader fill, from threads of their own. A training
/// takes a copy, which costs nothing until the window changes. Any thread.
public final class TrainingInbox: AppliedListener {
  private struct Windows {
    var linear: LinearWindow
    var towers: TowerWindow
    var groups: GroupWindow
    var learned: UInt64 = 0
    var received: UInt64 = 0
  }

  private let windows: Mutex<Windows>

  public init(
    linear: LinearWindow = LinearWindow(), towers: TowerWindow = TowerWindow(), groups: GroupWindow = GroupWindow()
  ) {
    windows = Mutex(Windows(linear: linear, towers: towers, groups: groups))
  }

  public func learned(_ entry: AppliedEntry, item: ItemIndex) {
    windows.withLock { windows in
      windows.linear.append(entry, item: item)
      windows.towers.append(TowerWindow.Event(entry))
      windows.learned += 1
    }
  }

  public func erased(userHash: UInt64) {
    windows.withLock { windows in
      windows.linear.erase(user: userHash)
      windows.towers.erase(user: userHash)
      windows.groups.erase(userHash: userHash)
    }
  }

  public func received(_ group: TrainingGroup) {
    windows.withLock { windows in
      windows.groups.append(group)
      // Shown lists measure nothing, and a ranker of them alone is none to begin with.
      if !group.wasShown { windows.received += 1 }
    }
  }

  /// Events learned, and groups received that were not shown as lists, since the process began.
  public var counts: (learned: UInt64, groups: UInt64) { windows.withLock { ($0.learned, $0.received) } }
  public var groupCount: Int { windows.withLock { $0.groups.count } }

  func linearWindow() -> LinearWindow { windows.withLock { $0.linear } }
  func towerWindow() -> TowerWindow { windows.withLock { $0.towers } }
  func groupWindow() -> GroupWindow { windows.withLock { $0.groups } }
}
