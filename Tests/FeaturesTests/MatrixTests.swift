import Features
import Identity
import State
import Testing

@Suite struct MatrixTests {
  private func matrix(_ table: CandidateTable, _ registry: FeatureRegistry) -> [Float] {
    [Float](unsafeUninitializedCapacity: table.count * registry.count) { buffer, initialized in
      if let base = buffer.baseAddress { registry.fill(base, from: table) }
      initialized = table.count * registry.count
    }
  }

  @Test(arguments: [UInt64(1), 2, 3]) func everyValueIsFinite(seed: UInt64) {
    let world = SmallWorld(users: 5, items: 23, events: Int(seed) * 60, seed: seed)
    for user in 0..<5 {
      let values = matrix(world.table(user: user, seed: seed), .standard)
      let isFinite = values.allSatisfy { $0.isFinite }
      #expect(isFinite, "seed \(seed), user \(user)")
    }
  }

  @Test func anEmptyStateAndANewUserGiveFiniteValues() {
    let world = SmallWorld(users: 1, items: 9, events: 0, seed: 4)
    let isFinite = matrix(world.table(user: 0, seed: 4), .standard).allSatisfy { $0.isFinite }
    #expect(isFinite)
  }

  @Test func ranksEqualANaiveSort() throws {
    let world = SmallWorld(users: 3, items: 40, events: 300, seed: 5)
    let table = world.table(user: 1, seed: 5)
    let popularity = table.scores(.popular8000)
    for source in ScoreColumn.sources {
      let scores = table.scores(source)
      let naive = (0..<table.count).sorted {
        if scores[$0] != scores[$1] { return scores[$0] > scores[$1] }
        return popularity[$0] == popularity[$1] ? $0 < $1 : popularity[$0] > popularity[$1]
      }
      for (rank, place) in naive.enumerated() {
        #expect(table.ranks(source)[place] == Float(rank), "\(source.name), place \(place)")
      }
    }
  }

  @Test func itemFeaturesEqualTheirFormulas() throws {
    let world = SmallWorld(users: 4, items: 20, events: 200, seed: 6)
    let table = world.table(user: 2, seed: 6)
    let registry = FeatureRegistry.standard
    let values = matrix(table, registry)
    func value(_ name: String, _ place: Int) throws -> Float {
      values[place * registry.count + (try #require(registry.names.firstIndex(of: name)))]
    }
    for place in 0..<table.count {
      let row = world.state.row(table.items[place])
      let mean = (row.gradeSum + 5 * world.state.globals.meanGrade) / (Float(row.count) + 5)
      #expect(try value("item_mean", place) == mean)
      #expect(try value("item_like_rate", place) == (Float(row.positiveCount) + 2.5) / (Float(row.count) + 5))
      let year = world.state.catalogue.items[place].metadata.year.map(Float.init) ?? table.content.medianYear
      #expect(try value("year", place) == year)
      let best = (0..<table.count).map { table.scores(.coAll)[$0] }.max() ?? 0
      let ratio = try value("ratio_co_all", place)
      #expect(abs(ratio - table.scores(.coAll)[place] / best) < 1e-5)
    }
  }

  @Test func theUsersSummaryEqualsANaiveOne() {
    let world = SmallWorld(users: 2, items: 15, events: 120, seed: 7)
    let record = world.users[0]
    let table = world.table(user: 0, seed: 7)
    let history = Array(record.history.reversed())
    #expect(table.user.eventCount == Float(record.eventCount))
    let liked = history.prefix(5).filter { $0.isPositive }.count
    #expect(table.user.likeRate5 == Float(liked) / Float(min(5, history.count)))
    let minute = history.count { world.nowMs - $0.timeMs < 60_000 }
    #expect(table.user.minuteEvents == Float(minute))
    let years = history.prefix(3).map { entry in
      world.state.index(of: entry.item).map { table.content.year($0) } ?? 0
    }
    #expect(abs(table.user.recentYear - years.reduce(0, +) / 3) < 1e-3)
  }
}
