import Events
import Identity
import Ingest
import Recommender
import Replica
import Settings
import State
import Store
import Telemetry
import Towers
import Training

/// A data set's history applied in this process, without Kafka, by the folds that ingestion and followers have: what the
/// stages of `freshet train --only` begin with. One thread.
final class OfflineHistory {
  /// Events between two steps of the store.
  static let batch = 500
  /// The history is reported, and models are brought up to date, so often.
  static let parts = 10

  let source: FeedSource
  let state = ItemState()
  let inbox = TrainingInbox()
  private let settings: FreshetSettings
  private let log = Logger("history")

  /// - Throws: where no data set is named, or it cannot be read.
  init(_ settings: FreshetSettings) throws {
    guard let place = settings.dataDirectory else {
      throw CommandError(
        "train --only \(settings.train.only.rawValue) needs --data DIR (or FRESHET_DATA), or --data simulator")
    }
    self.settings = settings
    source = try FeedSource.open(place, seed: settings.seed, limit: settings.produce.limit)
    for item in source.items {
      var metadata = ItemMetadata(title: item.title)
      metadata.genres = item.genres
      metadata.year = item.year
      metadata.price = item.price
      state.describe(item.id, metadata)
    }
    state.publishCatalogue()
  }

  /// Events that are applied.
  var count: Int { settings.produce.limit > 0 ? min(source.count, settings.produce.limit) : source.count }

  /// Applies the history.
  /// - Parameters:
  ///   - store: must be empty.
  ///   - shiftMs: added to the set's own times.
  ///   - scorer: scores before events are applied; nil for none.
  ///   - part: called after each tenth of the events.
  /// - Returns: where the item state stands, of each shard.
  @discardableResult func replay(
    into store: any RecordStore, shiftMs: Int64, scorer: LiveScorer? = nil, part: () throws -> Void = {}
  ) throws -> [Int32: AppliedPosition] {
    let loader = try HistoryLoader(
      rules: try EventRules(settings.events), shards: Int32(settings.kafka.partitions),
      log: LogName("dataset/\(source.name)", isEphemeral: true), store: store, erasureSalt: try ErasureSalt.of(store))
    let observer = HistoryObserver(state, inbox, scorer)
    var nextPart = count / Self.parts
    for start in stride(from: 0, to: count, by: Self.batch) {
      let end = min(count, start + Self.batch)
      for number in start..<end {
        let timeMs = source.event(number).timeMs + shiftMs
        if let profile = source.profilePayload(before: number, timeMs: timeMs) { try loader.add(profile) }
        try loader.add(source.payload(number, timeMs: timeMs))
      }
      try loader.commit(observer: observer)
      guard end >= nextPart else { continue }
      nextPart += max(1, count / Self.parts)
      log.info("history", ["events": .integer(Int64(end)), "of": .integer(Int64(count))])
      try part()
    }
    return loader.positions
  }
}

/// Learns what was applied, and lets a scorer see it before.
private final class HistoryObserver: ApplyObserver {
  private let state: ItemState
  private let inbox: TrainingInbox
  private let scorer: LiveScorer?

  init(_ state: ItemState, _ inbox: TrainingInbox, _ scorer: LiveScorer?) {
    self.state = state
    self.inbox = inbox
    self.scorer = scorer
  }

  func willApply(
    _ event: Interaction, to record: borrowing UserRecord, view: inout UserVectorState?, userHash: UInt64
  ) -> Bool {
    scorer?.willApply(event, to: record, view: &view, userHash: userHash) ?? false
  }

  func didApply(_ entry: AppliedEntry) {
    scorer?.didApply(entry)
    // Every item of the set was described: the id is known by its key.
    let id = EntityID(String(entry.interaction.item.rawValue, radix: 16))
    if let item = state.learn(entry, id: id) { inbox.learned(entry, item: item) }
  }

  func wasDuplicate() {}
  func didErase(userHash: UInt64) {}
}
