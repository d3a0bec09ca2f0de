import Identity

/// What the towers know of items beside events: keys, genres and years, in flat arrays.
public struct TowerItems: Sendable {
  public private(set) var keys: [UInt64] = []
  /// Year, 0 where unknown.
  private(set) var years: [Int16] = []
  /// Item i's genres are `genres[starts[i]..<starts[i + 1]]`: XXH3 of their names, so that they mean the same everywhere.
  private(set) var starts: [Int32] = [0]
  private(set) var genres: [UInt64] = []

  /// Genres of one item at most; more are not learned from.
  public static let maximumGenres = 32

  public init() {}

  public var count: Int { keys.count }

  /// Appends an item.
  public mutating func append(_ key: ItemKey, genres: some Sequence<UInt64>, year: Int?) {
    keys.append(key.rawValue)
    years.append(year.map { Int16(clamping: $0) } ?? 0)
    self.genres.append(contentsOf: genres.prefix(Self.maximumGenres))
    starts.append(Int32(self.genres.count))
  }

  func genres(of item: Int) -> ArraySlice<UInt64> { genres[Int(starts[item])..<Int(starts[item + 1])] }
}
