import Glibc

/// A simulated world of users with latent tastes in a catalogue with content and prices: sessions, bursts of popularity,
/// new users, new items, and drifts of known kinds at known times. Deterministic in its settings.
///
///     for element in DriftingWorld(seed: 1, users: 1_000, items: 2_000, events: 100_000) { ... }
///
/// A choice: a few items are exposed, by popularity, novelty and bursts; the user takes one of them by a softmax of its
/// utility, which is the inner product of taste and item, the item's quality, its price, and how well it goes with the
/// last item of the session. The same numbers make the oracle that `OracleScores` ranks by.
/// - Complexity: some 3 us an event, 200 bytes a user and an item.
public struct DriftingWorld: Sendable, Sequence {
  public static let genreNames = [
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "History", "Horror",
    "Music", "Mystery", "Romance", "Science", "Sport", "War",
  ]
  /// Numbers of a taste and of an item: one a genre, and some that no description names.
  static let hidden = 8
  static let width = genreNames.count + hidden
  /// 2025-01-01: where the world's clock starts.
  public static let startMs: Int64 = 1_735_689_600_000
  /// The world lasts as long, whatever its size: the hours of a month and a half make its days and seasons.
  public static let durationMs: Int64 = 45 * 86_400_000
  /// Share of items that are there at the start, and of those that come with a cold launch.
  static let initialShare = 0.75
  static let launchShare = 0.1

  public let seed: UInt64
  public let userCount: Int
  public let eventCount: Int
  public let drifts: [WorldDrift]
  /// In the order of their numbers.
  public let items: [WorldItem]

  /// `items.count` x `width` numbers, and one quality and ln(price) each.
  let vectors: [Float]
  let qualities: [Float]
  let logPrices: [Float]
  /// Chance of each item within its main genre, before novelty and bursts.
  let popularities: [Double]
  let mainGenres: [Int]

  /// - Parameters:
  ///   - items: 100 at least, so that every genre has some.
  /// - Precondition: users, items and events are above 0.
  public init(
    seed: UInt64, users: Int, items count: Int, events: Int, drifts: [WorldDrift] = WorldDrift.standard
  ) {
    precondition(users > 0 && count > 0 && events > 0, "a world of \(users) users, \(count) items, \(events) events")
    self.seed = seed
    userCount = users
    eventCount = events
    self.drifts = drifts
    var random = SimulatorRandom(seed: seed)
    let number = Swift.max(100, count)
    var builder = WorldCatalogue()
    for place in 0..<number { builder.add(place, of: number, drifts: drifts, &random) }
    items = builder.items
    vectors = builder.vectors
    qualities = builder.qualities
    logPrices = builder.logPrices
    popularities = builder.popularities
    mainGenres = builder.mainGenres
  }

  public func makeIterator() -> WorldStream { WorldStream(self) }
}

/// Makes the items one by one.
struct WorldCatalogue {
  var items: [WorldItem] = []
  var vectors: [Float] = []
  var qualities: [Float] = []
  var logPrices: [Float] = []
  var popularities: [Double] = []
  var mainGenres: [Int] = []

  mutating func add(_ place: Int, of count: Int, drifts: [WorldDrift], _ random: inout SimulatorRandom) {
    let names = DriftingWorld.genreNames
    // Every genre gets its share; a second and third come by chance.
    let main = place % names.count
    var genres = [main]
    while genres.count < 3 && random.unit() < 0.4 {
      let other = random.below(names.count)
      if !genres.contains(other) { genres.append(other) }
    }
    var vector = [Float](repeating: 0, count: DriftingWorld.width)
    for (rank, genre) in genres.enumerated() { vector[genre] = rank == 0 ? 1 : 0.6 }
    for hidden in names.count..<DriftingWorld.width { vector[hidden] = 0.7 * random.normal() }
    let price = (100 * Double(expf(2.3 + 0.2 * Float(main % 5) + 0.6 * random.normal()))).rounded() / 100
    items.append(
      WorldItem(
        number: place, title: "\(names[main]) story \(place + 1)", genres: genres.map { names[$0] },
        year: 1_960 + random.below(65), price: price, launchMs: launch(place, of: count, drifts: drifts, &random)))
    vectors += vector
    qualities.append(0.5 * random.normal())
    logPrices.append(logf(Float(Swift.max(0.5, price))))
    popularities.append(Double(expf(1.1 * random.normal())))
    mainGenres.append(main)
  }

  private func launch(
    _ place: Int, of count: Int, drifts: [WorldDrift], _ random: inout SimulatorRandom
  ) -> Int64 {
    let share = Double(random.below(1_000_000)) / 1_000_000
    let duration = Double(DriftingWorld.durationMs)
    if share < DriftingWorld.initialShare { return DriftingWorld.startMs }
    if share < DriftingWorld.initialShare + DriftingWorld.launchShare,
      let cold = drifts.first(where: { $0.kind == .coldLaunch })
    {
      return DriftingWorld.startMs + Int64(cold.span.lowerBound * duration)
    }
    return DriftingWorld.startMs + Int64(Double(random.below(1_000_000)) / 1_000_000 * duration)
  }
}
