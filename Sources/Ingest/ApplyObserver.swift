import Identity
import State
import Towers

/// Sees each interaction around its application: for scoring it before it is applied, and for counting. Called on the
/// writer's thread, in the log's order; after a batch was refused, again for the same events by whoever owns the shard.
public protocol ApplyObserver: AnyObject {
  /// The user's record as it is before the event. A duplicate event is seen here too, and not in `didApply`.
  ///
  /// - Parameter view: the user's own vector before the event; the observer moves it. What it leaves is stored beside the
  ///   record, and is no part of the facts.
  /// - Returns: whether the view was changed.
  func willApply(
    _ event: Interaction, to record: borrowing UserRecord, view: inout UserVectorState?, userHash: UInt64
  ) -> Bool
  /// A list was shown to the user. It changes nothing that scoring reads: the record is as it was before.
  func didShow(
    _ places: [ShownPlace], timeMs: Int64, to record: borrowing UserRecord, view: UserVectorState?, userHash: UInt64)
  /// What the fold made of it.
  func didApply(_ entry: AppliedEntry)
  /// The event's id had been seen within the window.
  func wasDuplicate()
  func didErase(userHash: UInt64)
}

extension ApplyObserver {
  public func didShow(
    _ places: [ShownPlace], timeMs: Int64, to record: borrowing UserRecord, view: UserVectorState?, userHash: UInt64
  ) {}
}

/// Sees nothing.
public final class SilentApplyObserver: ApplyObserver {
  public init() {}
  public func willApply(
    _ event: Interaction, to record: borrowing UserRecord, view: inout UserVectorState?, userHash: UInt64
  ) -> Bool { false }
  public func didApply(_ entry: AppliedEntry) {}
  public func wasDuplicate() {}
  public func didErase(userHash: UInt64) {}
}
