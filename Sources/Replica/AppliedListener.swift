import State

/// Hears what the item state learns, in the order of learning, on the follower's thread. Must be quick.
public protocol AppliedListener: AnyObject, Sendable {
  func learned(_ entry: AppliedEntry, item: ItemIndex)
  func erased(userHash: UInt64)
}
