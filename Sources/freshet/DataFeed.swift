import Ingest
import JSON
import Lifecycle
import Replica
import Settings
import Store
import Streams
import Telemetry

/// Plays a data set into Kafka as an outside producer would: its items, its first part as fast as the state takes it, and
/// the rest as live events. Where it stopped stands in the store, so that the next run goes on from there.
///
/// The set's clock is moved so that the live part happens now: a history of years ago would make every session old.
final class DataFeed: Service {
  /// Share of the events that are history.
  static let historyShare = 0.9
  /// Live events a second where the settings name no rate: fast enough to watch, slow enough for hours.
  static let liveRate = 20.0
  /// Events of one step of the history. An event id is remembered by its user's record for 64 events: a step holds fewer
  /// of any one user, so that a step that is sent twice counts once.
  static let stepEvents = 4_000
  static let stepEventsOfUser = 48
  private static let ackLimit = Duration.seconds(30)

  let name = "feed"
  private let source: FeedSource
  private let sender: FeedSender
  private let rate: Double
  private let limit: Int
  private let progress: ShardProgress
  private let store: StoreFactory
  private let log = Logger("feed")
  private let request = StopRequest()

  /// - Returns: nil where no data set is named.
  init?(_ parts: RoleParts, _ settings: FreshetSettings) throws {
    guard let place = settings.dataDirectory else { return nil }
    source = try FeedSource.open(place, seed: settings.seed, limit: settings.produce.limit)
    sender = FeedSender(source, settings.topics, parts.producer, request)
    rate = settings.produce.rate > 0 ? settings.produce.rate : Self.liveRate
    limit = settings.produce.limit
    progress = parts.progress
    store = parts.store.factory
  }

  func start() throws {}

  func run() throws {
    let store = try store()
    var cursor = try FeedCursor.load(source, from: store, now: SystemClock().nowMilliseconds)
    log.info(
      "playing a data set",
      ["name": "\(source.name)", "events": .integer(Int64(source.count)), "from": .integer(Int64(cursor.next))])
    try sender.sendItems(SentEvents())
    let history = Int(Double(source.count) * Self.historyShare)
    let end = limit > 0 ? min(source.count, limit) : source.count
    while cursor.next < min(history, end), !request.isMade {
      let step = self.step(from: cursor.next, to: min(history, end))
      try play(step, cursor: cursor, store)
      cursor.next = step.upperBound
      try cursor.save(source, to: store)
    }
    if !request.isMade { log.notice("the history is applied", ["events": .integer(Int64(cursor.next))]) }
    try playLive(&cursor, until: end, store)
  }

  func stop(by deadline: Deadline) { request.make() }

  /// As many events from `start` on as one step may hold.
  private func step(from start: Int, to end: Int) -> Range<Int> {
    var counts: [Int: Int] = [:]
    var next = start
    while next < end, next - start < Self.stepEvents {
      let user = source.event(next).user
      guard counts[user, default: 0] < Self.stepEventsOfUser else { break }
      counts[user, default: 0] += 1
      next += 1
    }
    return start..<max(next, start + 1)
  }

  /// Sends a step and waits until the state holds it.
  private func play(_ step: Range<Int>, cursor: FeedCursor, _ store: any RecordStore) throws {
    let sent = SentEvents()
    for number in step { try sender.send(number, timeMs: source.event(number).timeMs + cursor.shiftMs, sent) }
    while !request.isMade {
      if sent.wait(atMost: Self.ackLimit), isApplied(sent) { return }
      if let failure = sent.failure { throw failure }
      request.wait(atMost: .milliseconds(2))
    }
  }

  private func playLive(_ cursor: inout FeedCursor, until end: Int, _ store: any RecordStore) throws {
    let clock = SystemClock()
    let pace = FeedPace(from: cursor.next, rate: rate)
    while cursor.next < end, !request.isMade {
      let due = pace.due(until: end)
      let sent = SentEvents()
      for number in cursor.next..<max(cursor.next, due) { try sender.send(number, timeMs: clock.nowMilliseconds, sent) }
      if due > cursor.next {
        cursor.next = due
        if sent.wait(atMost: Self.ackLimit), sent.failure == nil { try? cursor.save(source, to: store) }
      }
      request.wait(atMost: .milliseconds(100))
    }
    if cursor.next >= end { log.notice("the data set has been played to its end") }
  }

  /// Whether the state holds them all. Only of shards that members of this process own.
  private func isApplied(_ sent: SentEvents) -> Bool {
    sent.failure == nil && sent.offsets.allSatisfy { progress.nextOffset(of: $0.key) ?? 0 >= $0.value }
  }
}

/// Where a feed stands: kept in the store.
struct FeedCursor {
  var next: Int
  /// Added to the set's own times.
  var shiftMs: Int64

  private static func key(_ source: FeedSource) -> String { "feed:\(source.name):\(source.count)" }

  static func load(_ source: FeedSource, from store: any RecordStore, now: Int64) throws -> FeedCursor {
    if let bytes = try store.get(key(source)), let value = try? JSONValue.parse(bytes),
      let next = value["next"]?.integerValue, let shift = value["shift_ms"]?.integerValue
    {
      return FeedCursor(next: min(source.count, max(0, Int(next))), shiftMs: shift)
    }
    guard source.count > 0 else { return FeedCursor(next: 0, shiftMs: 0) }
    let boundary = source.event(min(source.count - 1, Int(Double(source.count) * DataFeed.historyShare))).timeMs
    return FeedCursor(next: 0, shiftMs: now - boundary)
  }

  func save(_ source: FeedSource, to store: any RecordStore) throws {
    let value = JSONValue.object(["next": .integer(Int64(next)), "shift_ms": .integer(shiftMs)])
    try store.put([(name: Self.key(source), bytes: value.bytes)])
  }
}
