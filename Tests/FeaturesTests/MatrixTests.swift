import Features
import Glibc
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

  /// Column by column, as they are filled, against the formulas item by item; every bit.
  @Test(arguments: [UInt64(8), 9]) func counterColumnsEqualTheRowsOwnFormulas(seed: UInt64) throws {
    let world = SmallWorld(users: 4, items: 37, events: 150, seed: seed)
    let table = world.table(user: 1, seed: seed)
    let globals = world.state.globals
    let registry = FeatureRegistry.standard
    let values = matrix(table, registry)
    for place in 0..<table.count {
      let row = world.state.row(table.items[place])
      let isMet = row.count > 0
      func since(_ ms: Int64) -> Float { log1pf(Float(max(0, world.nowMs - ms)) / 1_000) }
      let stage = row.stages[table.user.stage].value(
        at: globals.stageClock[table.user.stage], halfLife: Popularity.stageHalfLife)
      let session = row.sessions[table.user.sessionBucket].value(
        at: globals.sessionClock[table.user.sessionBucket], halfLife: Popularity.sessionHalfLife)
      let share = Float(row.positiveCount) / max(1, Float(globals.positives))
      let expected: [String: Float] = [
        "popular100": log1pf(row.positives(byEvents: 0, at: globals.events)),
        "popular30000": log1pf(row.positives(byEvents: 4, at: globals.events)),
        "popular_day": log1pf(row.positives(byDays: 0, at: world.nowMs)),
        "popular_two_months": log1pf(row.positives(byDays: 2, at: world.nowMs)),
        "popular_all_time": log1pf(Float(row.positiveCount)),
        "all_events1000": log1pf(row.allEvents(at: globals.events)),
        "stage_popular": log1pf(stage),
        "session_popular": log1pf(session),
        "item_events": log1pf(Float(row.count)),
        "item_age": isMet ? since(row.firstMs) : -1,
        "item_idle": isMet ? since(row.lastMs) : -1,
        "item_idle_events": isMet ? log1pf(Float(globals.events - row.lastEvent)) : -1,
        "item_place": row.meanLogPlace,
        "stage_relative": logf((stage + 0.3) / (share * globals.stagePositives[table.user.stage] + 0.3)),
        "popularity_difference": log1pf(Float(row.count)) - table.user.popularityLevel,
        "rank_fusion": table.rankFusion(place),
      ]
      for (name, value) in expected {
        let column = try #require(registry.names.firstIndex(of: name))
        #expect(values[place * registry.count + column].bitPattern == value.bitPattern, "seed \(seed): \(name)")
      }
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
