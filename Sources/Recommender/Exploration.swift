import Features
import Identity

/// In a share of the lists the last place goes to a cold item that is drawn with a known chance, so that something is
/// learned of items that no ranker would show yet. Which lists, and which item, follows from a hash of the user and the
/// hour: the same question has the same answer, and the cache and every replica agree.
public struct Exploration: Sendable, Equatable {
  /// How long a user's draw holds.
  public static let bucketMs: Int64 = 3_600_000
  /// Above it lists would serve learning more than the user.
  public static let maximumShare = 0.5

  /// Share of the lists, 0...`maximumShare`.
  public var share: Double
  public var userHash: UInt64

  public init(share: Double, userHash: UInt64) {
    self.share = min(Self.maximumShare, max(0, share))
    self.userHash = userHash
  }

  /// - Parameter pool: items to draw from.
  /// - Returns: the one drawn, 0..<pool, and its chance; nil where this list is not explored.
  func draw(nowMs: Int64, pool: Int) -> (place: Int, propensity: Float)? {
    guard pool > 0, share > 0 else { return nil }
    let bucket = UInt64(bitPattern: nowMs / Self.bucketMs)
    let first = Hash64.mix(userHash ^ Hash64.mix(bucket &+ 1))
    // 53 bits, as many as a Double holds.
    guard Double(first >> 11) * 0x1p-53 < share else { return nil }
    return (Int(Hash64.mix(first) % UInt64(pool)), Float(share / Double(pool)))
  }
}

extension Recommender {
  /// Puts a cold candidate into the last of `wanted` places, where the draw says so. What is drawn from are the cold
  /// candidates that the places before do not show already.
  static func explore(_ exploration: Exploration, nowMs: Int64, wanted: Int, _ scratch: RecommendScratch) {
    // A list of one place is the user's.
    guard wanted > 1 else { return }
    let table = scratch.table
    func isCold(_ rank: Int) -> Bool {
      table.sourceBits[Int(scratch.order.places[rank])] >> UInt32(CandidateOrigin.cold) & 1 == 1
    }
    let ranks = wanted - 1..<table.count
    guard let draw = exploration.draw(nowMs: nowMs, pool: ranks.count(where: isCold)) else { return }
    var number = 0
    for rank in ranks where isCold(rank) {
      if number == draw.place {
        let place = Int(scratch.order.places[rank])
        table.sourceBits[place] |= 1 << UInt32(CandidateOrigin.exploration)
        scratch.list[wanted - 1] = item(place, scratch)
        scratch.list[wanted - 1].propensity = draw.propensity
        return
      }
      number += 1
    }
  }
}
