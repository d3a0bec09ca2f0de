import Lifecycle
import Settings
import Streams
import Telemetry

/// `freshet produce`: a data set, or the simulator, into Kafka as an outside producer would send it.
enum ProduceCommand {
  private static let grace = Duration.seconds(5)

  static func run(_ settings: FreshetSettings) throws {
    let source = try FeedSource.open(
      settings.dataDirectory ?? FeedSource.simulatorName, seed: settings.seed, limit: settings.produce.limit)
    let kafka = try KafkaAddress.configuration(settings)
    try requireTopics(settings, kafka)
    let producer = try StreamProducer(kafka)
    defer { producer.close(within: .seconds(1)) }
    _ = try ServiceGroup([.init(OutsideProducer(source, settings, producer))], grace: grace).run()
  }

  /// A topic made by its first record would have the broker's number of partitions, not ours.
  private static func requireTopics(_ settings: FreshetSettings, _ kafka: KafkaConfiguration) throws {
    let names = [settings.topics.interactions, settings.topics.items]
    let findings = try TopicAdministrator(kafka).describe(TopicTable.definitions(settings))
    for finding in findings where names.contains(finding.definition.name) && finding.isMissing {
      throw StreamError(
        .topicMissing, "\(kafka.brokers) has no topic \(finding.definition.name): make it with freshet topics apply")
    }
  }
}

/// Items first, then the events, paced or as fast as the broker takes them.
final class OutsideProducer: Service {
  private static let tick = Duration.milliseconds(20)
  private static let ackLimit = Duration.seconds(60)
  private static let reportInterval = Duration.seconds(5)
  /// Events between two looks at the clock and at failures where there is no pace.
  private static let chunk = 2_000

  let name = "produce"
  private let source: FeedSource
  private let sender: FeedSender
  private let rate: Double
  private let end: Int
  private let sent = SentEvents()
  private let request = StopRequest()
  private let log = Logger("produce")

  init(_ source: FeedSource, _ settings: FreshetSettings, _ producer: StreamProducer) {
    self.source = source
    rate = settings.produce.rate
    end = settings.produce.limit > 0 ? min(source.count, settings.produce.limit) : source.count
    sender = FeedSender(source, settings.topics, producer, request)
  }

  func start() throws {}

  func run() throws {
    let pace = FeedPace(from: 0, rate: rate)
    let items = SentEvents()
    try sender.sendItems(items)
    guard items.wait(atMost: Self.ackLimit), items.failure == nil else {
      throw items.failure ?? StreamError(.timedOut, "the items are not acknowledged")
    }
    let next = try rate > 0 ? paced(pace) : atOnce()
    let isComplete = sent.wait(atMost: Self.ackLimit)
    if let failure = sent.failure { throw failure }
    guard isComplete else { throw StreamError(.timedOut, "not every event is acknowledged; send the rest again") }
    let seconds = pace.seconds
    Output.print(
      "\(source.items.count) items and \(next) events of \(source.name) acknowledged in \((seconds * 10).rounded() / 10) s\n"
    )
  }

  func stop(by deadline: Deadline) { request.make() }

  /// Each event happens when it is sent.
  private func paced(_ pace: FeedPace) throws -> Int {
    let clock = SystemClock()
    var next = 0
    var nextReport = Deadline(after: Self.reportInterval)
    while next < end, !request.isMade {
      let due = pace.due(until: end)
      while next < due, !request.isMade {
        try sender.send(next, timeMs: clock.nowMilliseconds, sent)
        next += 1
      }
      if let failure = sent.failure { throw failure }
      report(next, &nextReport)
      request.wait(atMost: Self.tick)
    }
    return next
  }

  /// The set's own times, moved so that the last event happens now: old histories are no sessions of today.
  private func atOnce() throws -> Int {
    guard end > 0 else { return 0 }
    let shift = SystemClock().nowMilliseconds - source.event(end - 1).timeMs
    var next = 0
    var nextReport = Deadline(after: Self.reportInterval)
    while next < end, !request.isMade {
      for number in next..<min(end, next + Self.chunk) {
        try sender.send(number, timeMs: source.event(number).timeMs + shift, sent)
      }
      next = min(end, next + Self.chunk)
      if let failure = sent.failure { throw failure }
      report(next, &nextReport)
    }
    return next
  }

  private func report(_ next: Int, _ due: inout Deadline) {
    guard due.hasPassed else { return }
    due = Deadline(after: Self.reportInterval)
    log.info("sending", ["events": .integer(Int64(next)), "acknowledged": .integer(Int64(sent.acknowledged))])
  }
}
