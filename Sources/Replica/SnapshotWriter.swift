import Artefacts
import Lifecycle
import State
import Telemetry

/// Who writes snapshots of the item state.
public enum SnapshotDuty: Sendable {
  case none
  /// The trainer, or the one process that there is.
  case regular
  /// Whoever moves the stream: writes where the newest snapshot is about to fall behind what the stream keeps, because
  /// nobody else writes. A trainer that is gone costs nothing, then, however long it stays away.
  case standby
}

/// Writes the snapshots of a follower. Part of its thread.
///
/// A state with a gap is not written: others would take it for whole. Whoever has the regular duty waits for a standby's
/// snapshot, and where none comes in time says what is missing, once, and goes on: otherwise nobody could ever start.
struct SnapshotWriter {
  private let follower: ItemFollower
  private var due: SnapshotClock
  private var nextLook: Deadline
  /// Until when a gap is waited out; nil without one.
  private var patience: Deadline?

  init(_ follower: ItemFollower, _ worker: FollowerWorker) {
    self.follower = follower
    due = SnapshotClock(
      follower.configuration.snapshotInterval, streamLimit: follower.configuration.streamLimit,
      sequences: worker.positions.mapValues(\.sequence), follower.clock)
    nextLook = Deadline(after: .zero, clock: follower.clock)
  }

  mutating func write(_ worker: inout FollowerWorker, isLast: Bool) {
    switch follower.configuration.snapshots {
    case .none: return
    case .regular:
      guard isWhole(&worker) else { return }
      let isDue = due.isDue(
        events: follower.state.globals.events, revision: follower.state.catalogue.revision,
        sequences: worker.positions.mapValues(\.sequence), isLast: isLast)
      if isDue { publish(worker) }
    case .standby:
      guard worker.gaps.isEmpty, isLast || nextLook.hasPassed else { return }
      nextLook = Deadline(after: ItemFollower.healInterval, clock: follower.clock)
      if isOverdue(worker) { publish(worker) }
    }
  }

  private mutating func isWhole(_ worker: inout FollowerWorker) -> Bool {
    guard !worker.gaps.isEmpty else {
      patience = nil
      return true
    }
    let limit = patience ?? Deadline(after: follower.configuration.gapPatience, clock: follower.clock)
    patience = limit
    guard limit.hasPassed else { return false }
    for (shard, gap) in worker.gaps.sorted(by: { $0.key < $1.key }) {
      follower.log.error(
        "no snapshot has what was trimmed: item counters stay too small by it; freshet replay --from-log makes them whole",
        ["shard": .integer(shard), "before_batch": .integer(gap.sequence)])
    }
    worker.acceptGaps()
    patience = nil
    return true
  }

  /// Whether the newest snapshot is behind by three quarters of what the stream keeps.
  private func isOverdue(_ worker: FollowerWorker) -> Bool {
    let limit = UInt64(max(1, follower.configuration.streamLimit * 3 / 4))
    // Cheap where there is nothing to write yet.
    guard worker.positions.contains(where: { $0.value.sequence >= limit }) else { return false }
    let written = (try? follower.artefacts.current(ItemSnapshot.kind)).map(ItemSnapshot.batches(of:)) ?? [:]
    return worker.positions.contains { $0.value.sequence >= written[$0.key, default: 0] + limit }
  }

  private mutating func publish(_ worker: FollowerWorker) {
    let began = follower.clock.monotonicNanoseconds
    do throws(ArtefactError) {
      try ItemSnapshot.publish(
        follower.state, positions: worker.positions, to: follower.artefacts,
        createdMs: follower.clock.nowMilliseconds)
      follower.log.debug("item snapshot written", ["items": .integer(Int64(follower.state.count))])
    } catch {
      follower.log.error("item snapshot was not written", ["reason": "\(error)"])
    }
    due.wasTaken(nanoseconds: follower.clock.monotonicNanoseconds - began)
  }
}
