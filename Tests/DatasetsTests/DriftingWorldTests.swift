import Datasets
import Foundation
import Testing

@Suite struct DriftingWorldTests {
  private func events(_ world: DriftingWorld) -> [WorldEvent] {
    world.compactMap { if case .event(let event) = $0 { event } else { nil } }
  }

  @Test(arguments: [UInt64(1), 2]) func theSameSeedGivesTheSameWorld(seed: UInt64) {
    let first = Array(DriftingWorld(seed: seed, users: 50, items: 200, events: 3_000))
    let second = Array(DriftingWorld(seed: seed, users: 50, items: 200, events: 3_000))
    let other = Array(DriftingWorld(seed: seed + 10, users: 50, items: 200, events: 3_000))
    #expect(first == second)
    #expect(first != other)
  }

  @Test func timeMovesForwardAndItemsAreDescribedBeforeTheyAreMet() {
    let world = DriftingWorld(seed: 3, users: 80, items: 400, events: 8_000)
    var described: Set<Int> = []
    var now = Int64.min
    var count = 0
    for element in world {
      switch element {
      case .item(let item): described.insert(item.number)
      case .event(let event):
        #expect(event.timeMs >= now)
        now = event.timeMs
        #expect(described.contains(event.item))
        #expect(event.stars >= 0.5 && event.stars <= 5 && (event.stars * 2).rounded() == event.stars * 2)
        #expect(event.value == nil || event.type == "rating" || event.type == "purchase")
        count += 1
      }
    }
    #expect(count == 8_000)
    #expect(described.count > 300)
  }

  @Test func nobodyButBotsMeetsAnItemTwice() {
    let world = DriftingWorld(seed: 4, users: 400, items: 3_000, events: 6_000)
    var met: Set<Int> = []
    var repeated = 0
    for event in events(world) where !event.isBot {
      if !met.insert(event.user * 1_000 + event.item).inserted { repeated += 1 }
    }
    // Only where all that was exposed had been met before.
    #expect(repeated < 60)
  }

  @Test func driftsShowWhereTheyAreSaidToBe() {
    let world = DriftingWorld(seed: 5, users: 300, items: 800, events: 40_000)
    let all = events(world)
    func part(_ range: Range<Double>) -> ArraySlice<WorldEvent> {
      all[Int(range.lowerBound * 40_000)..<Int(range.upperBound * 40_000)]
    }
    func share(_ slice: ArraySlice<WorldEvent>, _ matches: (WorldEvent) -> Bool) -> Double {
      Double(slice.count(where: matches)) / Double(slice.count)
    }
    let comedy: (WorldEvent) -> Bool = { world.items[$0.item].genres[0] == "Comedy" }
    #expect(share(part(0.52..<0.62), comedy) > 1.5 * share(part(0.42..<0.52), comedy))
    #expect(share(part(0.0..<0.9)) { $0.isBot } == 0)
    #expect(abs(share(part(0.90..<0.97)) { $0.isBot } - 0.2) < 0.03)
    let launchMs = world.items.map(\.launchMs)
    let cold = Set(
      launchMs.indices.filter { launch in
        launchMs.count { $0 == launchMs[launch] } > 20 && launchMs[launch] > DriftingWorld.startMs
      })
    #expect(cold.count > 40)
    #expect(share(part(0.3..<0.6)) { cold.contains($0.item) } == 0)
    #expect(share(part(0.66..<0.74)) { cold.contains($0.item) } > 0.02)
  }

  @Test func theOracleRanksWhatIsTakenFarAboveChance() {
    let world = DriftingWorld(seed: 6, users: 100, items: 600, events: 4_000)
    var stream = world.makeIterator()
    var ranks: [Int] = []
    while let element = stream.next() {
      guard case .event(let event) = element, let scores = stream.oracleScores() else { continue }
      #expect(scores.count == 600)
      ranks.append(scores.count { $0 > scores[event.item] })
    }
    let mean = Double(ranks.reduce(0, +)) / Double(ranks.count)
    #expect(mean < 150, "mean rank \(mean) of 600")
  }

  @Test func itIsReadBackFromItsFiles() throws {
    let world = DriftingWorld(seed: 7, users: 40, items: 150, events: 1_500)
    let folder = FileManager.default.temporaryDirectory.appending(path: "freshet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try world.write(toFolder: folder.path)
    let written = world.dataset()
    let read = try MovieLensDataset(folder: folder.path)
    #expect(read.items == written.items)
    #expect(read.userIDs.count == written.userIDs.count)
    #expect(read.ratings.starSteps == written.ratings.starSteps && read.ratings.items == written.ratings.items)
  }
}
