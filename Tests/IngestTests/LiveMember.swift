import Artefacts
import Events
import Features
import Foundation
import Identity
import Lifecycle
import Recommender
import Replica
import State
import Store
import Streams
import Synchronization
import Telemetry
import TestSupport
import Training

@testable import Ingest

/// A real ingest member on a real broker, in this process, that scores every positive event with what the artefact
/// directory holds. The item state is learned beforehand: 60 items, of which the first are liked most.
final class LiveMember {
  static let itemCount = 60
  static let start: Int64 = 1_700_000_000_000

  let broker: EmbeddedBroker
  let producer: StreamProducer
  let items = ItemState()
  let artefacts: ArtefactStore
  let keeper: BundleKeeper
  let quality = LiveQualityMeter()
  let metrics = FreshetMetrics()
  private let folder = try? TemporaryFolder()
  private let database = MemoryDatabase()
  private let member: IngestMember
  private let outcome = FinishedRun()
  private var random: SeededRandom
  private var nowMs = LiveMember.start
  private var nextUser = 0

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    broker = try EmbeddedBroker()
    let topics = ["interactions", "dead-letters", "ranking-samples"]
    try broker.create(topics.map { TopicDefinition($0, partitions: 1) })
    producer = try StreamProducer(broker.configuration)
    artefacts = try ArtefactStore(directory: (folder?.path ?? "") + "/models", keep: 9)
    keeper = BundleKeeper(items: items, artefacts: artefacts, metrics: metrics)
    let types = try EventTypes(weights: ["like": 1])
    var configuration = IngestConfiguration(
      topic: "interactions", shards: 1, samplesTopic: "ranking-samples", deadLetters: "dead-letters", group: "live",
      rules: EventRules(types: types), log: LogName("log", isEphemeral: false), erasureSalt: 3)
    configuration.scoredShare = 1
    let database = database
    let context = IngestContext(
      kafka: broker.configuration, store: { () throws(StoreError) in MemoryStore(database) }, producer: producer,
      items: items, bundle: keeper.holder, progress: ShardProgress(), quality: quality, metrics: metrics)
    member = IngestMember(number: 0, configuration, context)
    learnItems()
  }

  private func learnItems() {
    for item in 0..<Self.itemCount {
      items.describe(EntityID(Int64(item)), ItemMetadata(title: "film \(item)", genres: ["g"], year: 1_990))
    }
    items.publishCatalogue()
    var entry = AppliedEntry.reusable()
    for user in 0..<400 {
      var record = UserRecord()
      let event = Interaction(
        item: ItemKey(EntityID(Int64(liked()))), typeCode: 0, signal: .positive, grade: Grade(5),
        timeMs: Self.start - 1_000_000 + Int64(user))
      _ = record.apply(event, userHash: UInt64(user), entry: &entry)
      items.learn(entry, id: EntityID(text(of: event.item)))
    }
    items.publishCatalogue()
  }

  private func text(of key: ItemKey) -> Int64 {
    (0..<Int64(Self.itemCount)).first { ItemKey(EntityID($0)) == key } ?? 0
  }

  /// The squared share puts a quarter of the likes on the first sixteenth of the items.
  func liked() -> Int {
    let share = Double.random(in: 0..<1, using: &random)
    return Int(share * share * Double(Self.itemCount))
  }

  func run() throws {
    try keeper.start()
    let member = member
    let outcome = outcome
    let thread = Thread { outcome.set(Result { try member.run() }) }
    thread.start()
  }

  /// - Returns: what the run ended with; nil where it did not end.
  func stop() -> Result<Void, any Error>? {
    member.stop(by: Deadline(after: .seconds(5)))
    _ = Waiting.until { outcome.value != nil }
    producer.close(within: .seconds(1))
    return outcome.value
  }

  func send(_ json: String) throws {
    try producer.send(to: "interactions", partition: 0, key: nil, payload: Array(json.utf8))
  }

  /// Likes of new users, a minute apart; waits until each was scored.
  func like(_ count: Int) throws -> Bool {
    let before = quality.figures(catalogueCount: 1).total
    for _ in 0..<count {
      nowMs += 60_000
      nextUser += 1
      try send("{\"type\":\"like\",\"user\":\"new-\(nextUser)\",\"item\":\(liked()),\"timestamp\":\(nowMs)}")
    }
    return Waiting.until(seconds: 120) { quality.figures(catalogueCount: 1).total >= before + UInt64(count) }
  }
}

/// How a thread's run ended.
final class FinishedRun: Sendable {
  private let held = Mutex<Result<Void, any Error>?>(nil)
  var value: Result<Void, any Error>? { held.withLock { $0 } }
  func set(_ result: Result<Void, any Error>) { held.withLock { $0 = result } }
}
