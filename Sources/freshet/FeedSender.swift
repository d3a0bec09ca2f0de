import Events
import Lifecycle
import Settings
import Streams

/// Writes a feed's items and events into Kafka, as any producer would: keyed, with event ids. Any thread.
struct FeedSender: Sendable {
  private static let queueWait = Duration.milliseconds(5)

  private let source: FeedSource
  private let topics: FreshetSettings.Topics
  private let producer: StreamProducer
  private let request: StopRequest

  /// - Parameter request: ends the waiting for a broker that is slower than we are.
  init(_ source: FeedSource, _ topics: FreshetSettings.Topics, _ producer: StreamProducer, _ request: StopRequest) {
    self.source = source
    self.topics = topics
    self.producer = producer
    self.request = request
  }

  func sendItems(_ sent: SentEvents) throws {
    var encoder = EventEncoder()
    for item in source.items {
      var described = DecodedItem(id: item.id)
      described.title = item.title
      described.genres = item.genres
      described.year = item.year
      described.price = item.price
      try send(to: topics.items, key: item.id.text, payload: encoder.item(described), sent)
    }
  }

  /// Sends an event, behind its user's profile where it is the user's first.
  /// - Parameter timeMs: the event's own time.
  func send(_ number: Int, timeMs: Int64, _ sent: SentEvents) throws {
    let user = source.userIDs[source.event(number).user]
    if let profile = source.profilePayload(before: number, timeMs: timeMs) {
      try send(to: topics.interactions, key: user.text, payload: profile, sent)
    }
    try send(to: topics.interactions, key: user.text, payload: source.payload(number, timeMs: timeMs), sent)
  }

  /// A full queue is waited for.
  private func send(to topic: String, key: String, payload: [UInt8], _ sent: SentEvents) throws(StreamError) {
    sent.began()
    while true {
      do throws(StreamError) {
        return try producer.send(to: topic, key: Array(key.utf8), payload: payload) { sent.ended($0) }
      } catch {
        guard error.code == .queueFull, !request.isMade else {
          sent.ended(.failure(error))
          throw error
        }
        request.wait(atMost: Self.queueWait)
      }
    }
  }
}

/// Says how many events are due at a rate.
struct FeedPace {
  private let clock = SystemClock()
  private let began: UInt64
  private let first: Int
  private let rate: Double

  /// - Parameter rate: events a second, above 0.
  init(from first: Int, rate: Double) {
    began = clock.monotonicNanoseconds
    self.first = first
    self.rate = rate
  }

  /// Number of the event behind the last that is due, at most `end`.
  func due(until end: Int) -> Int {
    min(end, first + Int(Double(clock.monotonicNanoseconds - began) * 1e-9 * rate))
  }

  var seconds: Double { Double(clock.monotonicNanoseconds - began) * 1e-9 }
}

/// Records on their way. Any thread.
final class SentEvents: Sendable {
  private struct State: Sendable {
    var outstanding = 0
    var acknowledged = 0
    var offsets: [Int32: Int64] = [:]
    var failure: StreamError?
  }

  private let state = Condition(State())

  func began() { state.update { $0.outstanding += 1 } }

  func ended(_ result: Result<RecordLocation, StreamError>) {
    state.update { state in
      state.outstanding -= 1
      switch result {
      case .success(let location):
        state.acknowledged += 1
        state.offsets[location.partition] = max(state.offsets[location.partition] ?? 0, location.offset + 1)
      case .failure(let error): state.failure = error
      }
    }
  }

  var failure: StreamError? { state.update { $0.failure } }
  var acknowledged: Int { state.update { $0.acknowledged } }
  /// By partition, behind the last that was acknowledged.
  var offsets: [Int32: Int64] { state.update { $0.offsets } }

  /// - Returns: whether everything was acknowledged or refused in time.
  func wait(atMost limit: Duration) -> Bool {
    state.wait(atMost: limit) { $0.outstanding == 0 ? true : nil } ?? false
  }
}
