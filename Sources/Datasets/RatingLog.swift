/// Ratings in the order of time, one array a column: 13 bytes a rating, so that 2.5 * 10^7 of them take 325 MB.
public struct RatingLog: Sendable {
  /// Positions in `MovieLensDataset.userIDs`.
  public internal(set) var users: [Int32] = []
  /// Positions in `MovieLensDataset.items`.
  public internal(set) var items: [Int32] = []
  /// Stars in steps of 1/32: exact for whole, half and quarter stars.
  public internal(set) var starSteps: [UInt8] = []
  /// Seconds since 1970.
  public internal(set) var seconds: [UInt32] = []

  public static let stepsPerStar: Float = 32

  public var count: Int { users.count }

  public func stars(_ event: Int) -> Float { Float(starSteps[event]) / Self.stepsPerStar }

  /// Sorts by (timestamp, order of appending): the protocol's order. One column at a time, to bound the extra memory
  /// at 12 bytes a rating.
  mutating func sortByTime() {
    var keys = [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
      for event in 0..<count {
        buffer.initializeElement(at: event, to: UInt64(seconds[event]) << 32 | UInt64(event))
      }
      initialized = count
    }
    keys.sort()
    Self.reorder(&users, keys)
    Self.reorder(&items, keys)
    Self.reorder(&starSteps, keys)
    for position in 0..<count { seconds[position] = UInt32(truncatingIfNeeded: keys[position] >> 32) }
  }

  private static func reorder<T>(_ column: inout [T], _ keys: [UInt64]) {
    let old = column
    for position in 0..<keys.count { column[position] = old[Int(keys[position] & 0xffff_ffff)] }
  }
}
