import Synchronization

/// The bundle that requests read, swapped as a whole. Any thread.
///
/// A reader takes the bundle once and keeps it for its request: two versions never mix in one answer. The lock is held
/// for the length of a retain.
public final class BundleHolder: Sendable {
  private let held: Mutex<Bundle>

  public init(_ bundle: Bundle) { held = Mutex(bundle) }

  public var current: Bundle { held.withLock { $0 } }

  public func swap(_ bundle: Bundle) { held.withLock { $0 = bundle } }
}
