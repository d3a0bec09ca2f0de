/// Which items are put before users at a moment: genres by season and trend, within them by popularity, and beside that
/// novelties and bursts.
struct WorldExposure {
  private static let noveltyShare = 0.12
  private static let burstShare = 0.08
  /// An item is new for this long.
  private static let noveltyMs: Int64 = 3 * 86_400_000
  private static let burstMs: Int64 = 18 * 3_600_000
  private static let bursts = 6

  private let byGenre: [[Int]]
  private let tables: [AliasTable]
  private let shares: [Double]
  private let items: [WorldItem]
  private let launches: [Int]
  private let mainGenres: [Int]
  private var genreWeights: [Double]
  private var genreTable: AliasTable
  private var launched = 0
  private var novelties: [Int] = []
  private var bursting: [(item: Int, endMs: Int64)] = []

  init(_ world: DriftingWorld) {
    let genres = DriftingWorld.genreNames.count
    var byGenre = [[Int]](repeating: [], count: genres)
    for (item, genre) in world.mainGenres.enumerated() { byGenre[genre].append(item) }
    var shares = [Double](repeating: 0, count: world.items.count)
    tables = byGenre.map { items in
      let weights = items.map { world.popularities[$0] }
      let sum = weights.reduce(0, +)
      for (item, weight) in zip(items, weights) { shares[item] = weight / sum }
      return AliasTable(weights)
    }
    self.byGenre = byGenre
    self.shares = shares
    items = world.items
    mainGenres = world.mainGenres
    launches = world.items.indices.sorted {
      (world.items[$0].launchMs, $0) < (world.items[$1].launchMs, $1)
    }
    genreWeights = Array(repeating: 1, count: genres)
    genreTable = AliasTable(genreWeights)
  }

  mutating func set(genreWeights: [Double]) {
    self.genreWeights = genreWeights
    genreTable = AliasTable(genreWeights)
  }

  /// Items that have launched since the last call, in their order.
  mutating func advance(to nowMs: Int64, _ random: inout SimulatorRandom) -> [Int] {
    var new: [Int] = []
    while launched < launches.count, items[launches[launched]].launchMs <= nowMs {
      new.append(launches[launched])
      launched += 1
    }
    if nowMs > DriftingWorld.startMs { novelties += new }
    novelties.removeAll { items[$0].launchMs + Self.noveltyMs < nowMs }
    bursting.removeAll { $0.endMs < nowMs }
    while bursting.count < Self.bursts {
      let length = Int64(Double(Self.burstMs) * random.exponential())
      bursting.append((drawPopular(nowMs, &random), nowMs + length))
    }
    return new
  }

  mutating func draw(_ nowMs: Int64, _ random: inout SimulatorRandom) -> Int {
    let share = Double(random.unit())
    if share < Self.burstShare { return bursting[random.below(bursting.count)].item }
    if share < Self.burstShare + Self.noveltyShare && !novelties.isEmpty {
      return novelties[random.below(novelties.count)]
    }
    return drawPopular(nowMs, &random)
  }

  private func drawPopular(_ nowMs: Int64, _ random: inout SimulatorRandom) -> Int {
    var item = 0
    // Three quarters have launched, so eight draws fail once in 65,000 times; the last is taken then.
    for _ in 0..<8 {
      let genre = genreTable.draw(&random)
      item = byGenre[genre][tables[genre].draw(&random)]
      if items[item].launchMs <= nowMs { return item }
    }
    return item
  }

  /// Chance of each item to be exposed in one draw, up to a common factor; 0 before its launch.
  func chances(_ nowMs: Int64) -> [Double] {
    let sum = genreWeights.reduce(0, +)
    let rest = 1 - Self.burstShare - (novelties.isEmpty ? 0 : Self.noveltyShare)
    var chances = shares.indices.map { item in
      items[item].launchMs <= nowMs ? rest * genreWeights[mainGenres[item]] / sum * shares[item] : 0
    }
    for burst in bursting { chances[burst.item] += Self.burstShare / Double(bursting.count) }
    for item in novelties { chances[item] += Self.noveltyShare / Double(novelties.count) }
    return chances
  }
}
