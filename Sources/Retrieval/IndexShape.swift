/// How many lists an index has and how many of them a search looks at.
public struct IndexShape: Sendable, Equatable {
  /// Below this many vectors an exact scan is faster than lists (native.md section 7).
  public static let exactBelow = 20_000
  /// Vectors of a list at least: FAISS wants 39 to place a centre.
  public static let minimumListLength = 64
  public static let standardLists = 100
  public static let standardProbe = 10

  public var lists: Int
  public var probe: Int

  public init(lists: Int, probe: Int) {
    self.lists = max(1, lists)
    self.probe = min(max(1, probe), self.lists)
  }

  /// The shape for `count` vectors: `lists` and `probe` (`FAISS_N_LISTS`, `FAISS_N_PROBE`) scaled down together for
  /// catalogues too small for them, and one list, which is exact search, below `exactBelow`.
  public static func forCount(
    _ count: Int, lists: Int = standardLists, probe: Int = standardProbe
  ) -> IndexShape {
    guard count >= exactBelow else { return IndexShape(lists: 1, probe: 1) }
    let fitting = max(1, min(lists, count / minimumListLength))
    return IndexShape(lists: fitting, probe: (probe * fitting + lists - 1) / max(1, lists))
  }
}
