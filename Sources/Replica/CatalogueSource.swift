import State

/// Where item descriptions come from: read by the follower, on its thread, between two rounds of learning.
public protocol CatalogueSource: AnyObject {
  /// Applies what is there, at most a bounded number of records, without waiting.
  /// - Returns: how many records changed the catalogue.
  func poll(into state: ItemState) throws -> Int
  /// Whether everything that was there at the first poll has been applied.
  var isCaughtUp: Bool { get }
  func close()
}
