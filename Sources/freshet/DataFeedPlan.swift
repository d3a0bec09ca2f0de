import Datasets
import Events
import Identity
import JSON
import Settings

/// One event of a feed, before it is written.
struct FeedEvent {
  var user: Int
  var item: Int
  var type: String
  var value: Double?
  /// As the data set has it.
  var timeMs: Int64
}

/// What is fed: a data set's items and events in the order of time.
struct FeedSource: Sendable {
  let name: String
  let items: [FeedItem]
  let userIDs: [EntityID]
  /// What each user says of himself before his first event; empty: nothing.
  let profiles: [UserProfile]
  let count: Int
  let event: @Sendable (Int) -> FeedEvent
  private let firstEvents: [Int]
}

/// An item as the `items` topic describes it.
struct FeedItem {
  var id: EntityID
  var title: String
  var genres: [String]
  var year: Int?
  var price: Double?
}

extension FeedSource {
  /// An event as it is written: with an id of its own, so that sending it again is harmless.
  func payload(_ number: Int, timeMs: Int64) -> [UInt8] {
    let event = event(number)
    var encoder = EventEncoder()
    return encoder.interaction(
      type: event.type, user: userIDs[event.user], item: items[event.item].id, value: event.value,
      EventEncoder.Envelope(eventID: "\(name)-\(number)", timeMs: timeMs))
  }

  /// What the user of an event says of himself before it: at his first event, where the set knows something; else nil.
  func profilePayload(before number: Int, timeMs: Int64) -> [UInt8]? {
    let user = event(number).user
    guard firstEvents[user] == number, !profiles[user].attributes.isEmpty else { return nil }
    var attributes: [String: JSONValue] = [:]
    for attribute in profiles[user].attributes { attributes[attribute.name] = .string(attribute.value) }
    var encoder = EventEncoder()
    return encoder.profile(
      user: userIDs[user], attributes: attributes,
      EventEncoder.Envelope(eventID: "\(name)-user-\(user)", timeMs: timeMs))
  }

  /// Takes the place of a folder's name: the drifting world.
  static let simulatorName = "simulator"
  /// The world's size, about MovieLens 100K's. Its events are more where more are asked for.
  private static let simulatedUsers = 1_000
  private static let simulatedItems = 2_000
  private static let simulatedEvents = 100_000

  /// The set in a folder, or the simulator.
  static func open(_ place: String, seed: Int, limit: Int) throws -> FeedSource {
    if place == simulatorName {
      return FeedSource(
        DriftingWorld(
          seed: UInt64(clamping: seed), users: simulatedUsers, items: simulatedItems,
          events: max(simulatedEvents, limit)), seed: seed)
    }
    let name = place.split(separator: "/").last.map(String.init) ?? place
    return FeedSource(try MovieLensDataset(folder: place), name: name)
  }

  init(_ dataset: MovieLensDataset, name: String) {
    self.name = name
    items = dataset.items.map { FeedItem(id: $0.id, title: $0.title, genres: $0.genres, year: $0.year) }
    userIDs = dataset.userIDs
    profiles = dataset.profiles
    count = dataset.ratings.count
    var first = [Int](repeating: .max, count: userIDs.count)
    for (number, user) in dataset.ratings.users.enumerated() { first[Int(user)] = min(first[Int(user)], number) }
    firstEvents = first
    event = { number in
      let ratings = dataset.ratings
      return FeedEvent(
        user: Int(ratings.users[number]), item: Int(ratings.items[number]), type: EventTypes.ratingName,
        value: Double(ratings.stars(number)), timeMs: Int64(ratings.seconds[number]) * 1_000)
    }
  }

  /// The whole world, in memory: some 100 bytes an event.
  init(_ world: DriftingWorld, seed: Int) {
    var events: [WorldEvent] = []
    events.reserveCapacity(world.eventCount)
    var users = 0
    for case .event(let event) in world {
      events.append(event)
      users = max(users, event.user + 1)
    }
    name = "\(Self.simulatorName)-\(seed)"
    items = world.items.map {
      FeedItem(id: EntityID(Int64($0.number + 1)), title: $0.title, genres: $0.genres, year: $0.year, price: $0.price)
    }
    userIDs = (0..<users).map { EntityID(Int64($0 + 1)) }
    profiles = Array(repeating: UserProfile(), count: users)
    firstEvents = Array(repeating: .max, count: users)
    count = events.count
    event = { [events] number in
      let event = events[number]
      return FeedEvent(user: event.user, item: event.item, type: event.type, value: event.value, timeMs: event.timeMs)
    }
  }
}
