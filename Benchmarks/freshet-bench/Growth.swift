import Datasets
import Glibc
import Identity
import State

/// What an event costs as the state grows: both folds over one simulated world, a tenth of its events after the other.
///
/// The world's users come one after another as its events do (one for thirty), its catalogue is there from the start:
/// what grows is what a service has more of.
struct Growth {
  private static let parts = 10
  private static let items = 5_000
  private static let eventsPerUser = 30

  /// Prints the cost of each part, and what making the world took.
  static func run(events count: Int) {
    let start = Meter.now(CLOCK_PROCESS_CPUTIME_ID)
    let world = DriftingWorld(seed: 1, users: max(20, count / eventsPerUser), items: items, events: count)
    var happened: [WorldEvent] = []
    happened.reserveCapacity(count)
    for case .event(let event) in world { happened.append(event) }
    let made = (Meter.now(CLOCK_PROCESS_CPUTIME_ID) - start) * 1e-9
    print("simulator: \(happened.count) events in \(hundredths(made)) s of CPU")
    let state = ItemState()
    let ids = world.items.map { EntityID(Int64($0.number + 1)) }
    for (item, id) in zip(world.items, ids) { state.describe(id, ItemMetadata(title: item.title, genres: item.genres)) }
    state.publishCatalogue()
    var records = [UserRecord](repeating: UserRecord(), count: world.userCount)
    var entry = AppliedEntry.reusable()
    var first: Double?
    for part in 0..<parts {
      let range = part * count / parts..<(part + 1) * count / parts
      let start = Meter.now(CLOCK_PROCESS_CPUTIME_ID)
      for number in range {
        let event = happened[number]
        while records.count <= event.user { records.append(UserRecord()) }
        let interaction = Interaction(
          item: ItemKey(ids[event.item]), typeCode: Interaction.ratingCode,
          signal: event.stars >= 4 ? .positive : .negative, grade: Grade(event.stars), timeMs: event.timeMs)
        _ = records[event.user].apply(interaction, userHash: UInt64(event.user + 1), entry: &entry)
        state.learn(entry, id: ids[event.item])
      }
      let cost = (Meter.now(CLOCK_PROCESS_CPUTIME_ID) - start) * 1e-3 / Double(range.count)
      first = first ?? cost
      print(
        "events \(range.lowerBound)-\(range.upperBound): \(hundredths(cost)) us of CPU each, ratio to the first \(hundredths(cost / (first ?? cost)))"
      )
    }
  }

  private static func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
