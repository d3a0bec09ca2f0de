/// The users of a world while it runs: tastes, prices, activity, arrival.
struct WorldUsers {
  /// `count` x `width` numbers.
  private(set) var tastes: [Float] = []
  private(set) var thrift: [Float] = []
  private let activity: AliasTable
  /// Arrival of each user as a share of the world's time.
  private let arrivals: [Double]
  private static let rotatedShare: Float = 0.7

  init(count: Int, _ random: inout SimulatorRandom) {
    var weights: [Double] = []
    var arrivals: [Double] = []
    let genres = DriftingWorld.genreNames.count
    for _ in 0..<count {
      var taste = [Float](repeating: 0, count: DriftingWorld.width)
      for _ in 0..<3 { taste[random.below(genres)] += 1.2 + 0.5 * random.normal() }
      for _ in 0..<2 { taste[random.below(genres)] -= 1 }
      for hidden in genres..<DriftingWorld.width { taste[hidden] = 0.6 * random.normal() }
      tastes += taste
      thrift.append(0.25 * random.unit())
      // Heavy tails: a few users do most.
      weights.append(1 / Double(0.05 + random.unit()))
      arrivals.append(random.unit() < 0.5 ? 0 : Double(random.unit()))
    }
    self.arrivals = arrivals
    activity = AliasTable(weights)
  }

  /// A user who has arrived by `share` of the world's time.
  func draw(at share: Double, _ random: inout SimulatorRandom) -> Int {
    for _ in 0..<8 {
      let user = activity.draw(&random)
      if arrivals[user] <= share { return user }
    }
    // Nearly nobody is there yet: whoever comes first.
    return arrivals.indices.min { arrivals[$0] < arrivals[$1] } ?? 0
  }

  /// Moves most tastes on by some genres; hidden tastes turn round.
  mutating func rotate(_ random: inout SimulatorRandom) {
    let genres = DriftingWorld.genreNames.count
    for user in thrift.indices where random.unit() < Self.rotatedShare {
      let base = user * DriftingWorld.width
      let old = Array(tastes[base..<base + genres])
      for genre in 0..<genres { tastes[base + (genre + 5) % genres] = old[genre] }
      for hidden in genres..<DriftingWorld.width { tastes[base + hidden] *= -1 }
    }
  }
}
