import Features
import HTTP
import Identity
import JSON
import Recommender
import State
import Store
import Synchronization
import Telemetry

import class Foundation.Thread

@testable import Serving

/// A small real system behind the API: the folds, a store, item state and a bundle. The double is the log alone: an event
/// that is submitted is applied at once.
final class World: ServingReplica, EventIntake {
  static let start: Int64 = 1_700_000_000_000
  static let shards: Int32 = 4

  private struct Writer: Sendable {
    var records: [String: (record: UserRecord, stored: StoredExtent)] = [:]
    var positions: [Int32: ShardPosition] = [:]
    var window = LinearWindow()
    var nowMs = World.start
  }

  let items = ItemState()
  let stores: StoreFactory
  let problems = Mutex<[ReadinessProblem]>([])
  let failure = Mutex<EventFailure?>(nil)
  let submissions = Mutex<[(event: JSONValue, wait: EventWait)]>([])
  let servedRows = Mutex<[Int]>([])
  private let holder: BundleHolder
  private let writer = Mutex(Writer())

  /// - Parameter stores: where records live; in memory where nothing is said.
  init(items count: Int = 60, events: Int = 600, seed: UInt64 = 1, stores: StoreFactory? = nil) throws {
    let database = MemoryDatabase()
    self.stores = stores ?? { MemoryStore(database) }
    for item in 0..<count { items.describe(Self.item(item), Self.metadata(item)) }
    items.publishCatalogue()
    holder = BundleHolder(Bundle(content: ContentTable(items.catalogue), ranker: PopularityRanker()))
    var random = seed
    func below(_ bound: Int) -> Int {
      random = Hash64.mix(random)
      return Int(random % UInt64(bound))
    }
    guard count > 0 else { return }
    for _ in 0..<events {
      try apply(user: EntityID(Int64(1 + below(20))), item: Self.item(below(count)), isPositive: below(3) > 0)
    }
    try refit()
  }

  /// Every third id is a string.
  static func item(_ number: Int) -> EntityID {
    number.isMultiple(of: 3) ? EntityID("film-\(number)") : EntityID(Int64(number))
  }

  static func metadata(_ item: Int) -> ItemMetadata {
    ItemMetadata(
      title: "Film \"\(item)\"", genres: item.isMultiple(of: 2) ? ["Drama", "War"] : ["Comedy"],
      year: item.isMultiple(of: 7) ? nil : 1960 + item, price: item.isMultiple(of: 5) ? nil : Double(item))
  }

  var bundle: Bundle { holder.current }
  var unready: [ReadinessProblem] { problems.withLock { $0 } }
  var shardCount: Int32 { Self.shards }
  var nowMs: Int64 { writer.withLock { $0.nowMs } }

  func modelInfo(into writer: inout JSONWriter) {
    writer.key("importances")
    writer.beginArray()
    writer.endArray()
  }

  func driftReport(into writer: inout JSONWriter) {
    writer.key("features")
    writer.beginArray()
    writer.endArray()
  }

  func served(_ scratch: RecommendScratch, outcome: RecommendOutcome) {
    servedRows.withLock { $0.append(outcome.candidateCount) }
  }

  func rollBack(kind: String) -> ModelRollback {
    switch kind {
    case "ranker": .done(version: "ranker-1")
    case "towers": .refused("there is no version before towers-1")
    default: .unknownKind(known: ["ranker", "towers"])
    }
  }

  /// Both folds and the store's atomic step.
  func apply(user: EntityID, item: EntityID, isPositive: Bool = true) throws {
    try writer.withLock { writer in
      writer.nowMs += 30_000
      var (record, stored) = writer.records[user.text] ?? (UserRecord(), StoredExtent())
      var entry = AppliedEntry.reusable()
      let event = Interaction(
        item: ItemKey(item), typeCode: 0, signal: isPositive ? .positive : .negative, grade: Grade(isPositive ? 5 : 2),
        timeMs: writer.nowMs)
      _ = record.apply(event, userHash: user.hash64, entry: &entry)
      var bytes = ByteWriter()
      RecordCodec.encodeHot(record, into: &bytes)
      let past: PastWrite =
        switch RecordCodec.pastChange(of: record, stored: stored) {
        case .none: .none
        case .append(let bytes): .append(bytes)
        case .replace(let bytes): .replace(bytes)
        }
      let write = UserWrite(id: Array(user.text.utf8), hot: bytes.bytes, past: past)
      try commit(user, &writer) { $0.users = [write] }
      writer.records[user.text] = (record, StoredExtent(record))
      if let index = items.learn(entry, id: item) { writer.window.append(entry, item: index) }
      items.publishCatalogue()
    }
  }

  func erase(_ user: EntityID) throws {
    try writer.withLock { writer in
      try commit(user, &writer) {
        $0.erasures = [ShardBatch.Erasure(id: Array(user.text.utf8), mark: user.hash64, offset: $0.next.nextOffset)]
      }
      writer.records[user.text] = nil
    }
  }

  /// Stores bytes that are no record.
  func damage(_ user: EntityID) throws {
    try writer.withLock { writer in
      try commit(user, &writer) { $0.users = [UserWrite(id: Array(user.text.utf8), hot: [250, 1, 2, 3])] }
    }
  }

  private func commit(_ user: EntityID, _ writer: inout Writer, _ fill: (inout ShardBatch) -> Void) throws {
    let shard = Partitioner.partition(of: user, partitions: Self.shards)
    let expected = writer.positions[shard]
    let next = ShardPosition(
      log: "test", nextOffset: (expected?.nextOffset ?? 0) + 1, sequence: (expected?.sequence ?? 0) + 1)
    var batch = ShardBatch(shard: shard, expected: expected, next: next)
    fill(&batch)
    guard try stores().commit(batch) == .committed else { throw WorldError.fenced }
    writer.positions[shard] = next
  }

  enum WorldError: Error { case fenced }

  /// Refits the linear model and renews the bundle.
  func refit(ranker: (any CandidateRanker)? = PopularityRanker()) throws {
    let window = writer.withLock { $0.window }
    var versions = BundleVersions()
    versions.ranker = ranker == nil ? nil : "ranker-2"
    versions.linear = bundle.versions.linear + 1
    holder.swap(
      Bundle(
        content: ContentTable(items.catalogue), linear: try LinearFit().fit(window), ranker: ranker, versions: versions)
    )
  }

  func replace(_ bundle: Bundle) { holder.swap(bundle) }

  func history(of user: EntityID) -> [ItemKey] {
    writer.withLock { $0.records[user.text]?.record.history.map(\.item) ?? [] }
  }

  func eventCount(of user: EntityID) -> Int {
    writer.withLock { Int($0.records[user.text]?.record.eventCount ?? 0) }
  }

  func submit(_ body: [UInt8], isLines: Bool, wait: EventWait, done: @escaping @Sendable (EventReceipt) -> Void) {
    var receipt = EventReceipt(accepted: 0)
    for (index, event) in Self.events(body, isLines: isLines).enumerated() {
      guard let event else {
        receipt.rejected.append(EventRejection(index: index, field: nil, message: "not JSON"))
        continue
      }
      submissions.withLock { $0.append((event, wait)) }
      guard let user = Self.id(event["user"]) else {
        receipt.rejected.append(EventRejection(index: index, field: "user", message: "user is missing"))
        continue
      }
      receipt.accepted += 1
      guard failure.withLock({ $0 == nil }) else { continue }
      do {
        if event["type"]?.stringValue == "erase" {
          try erase(user)
        } else if let item = Self.id(event["item"]) {
          try apply(user: user, item: item)
        }
      } catch {
        receipt.failure = EventFailure(code: "store", message: "\(error)")
      }
    }
    receipt.failure = failure.withLock { $0 } ?? receipt.failure
    // As a broker would: later, from a thread of its own.
    let result = receipt
    Thread.detachNewThread { done(result) }
  }

  /// nil for what is no JSON.
  private static func events(_ body: [UInt8], isLines: Bool) -> [JSONValue?] {
    if isLines { return body.split(separator: 0x0A).map { try? JSONValue.parse(Array($0)) } }
    if body.isEmpty { return [] }
    guard let value = try? JSONValue.parse(body) else { return [nil] }
    return value.arrayValue ?? [value]
  }

  private static func id(_ value: JSONValue?) -> EntityID? {
    switch value {
    case .integer(let number): EntityID(number)
    case .string(let text): EntityID(text)
    default: nil
    }
  }
}

/// Scores by one column, half-life popularity; enough of a ranker to be one.
struct PopularityRanker: CandidateRanker {
  private let width = FeatureRegistry.standard.count
  private let column = FeatureRegistry.standard.names.firstIndex(of: "co_all") ?? 0

  func score(
    _ matrix: UnsafePointer<Float>, rows: Int, scratch: borrowing RankerScratch,
    into scores: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<rows { scores[row] = Double(matrix[row * width + column]) }
  }
}
