import State
import Store
import TestSupport

@testable import Ingest

/// What the model found: nothing, or the first thing that is not as it must be, with everything that led to it.
struct ModelFailure: Error, CustomStringConvertible {
  let seed: UInt64
  let what: String
  let trace: [String]
  var description: String { "seed \(seed): \(what)\n" + trace.joined(separator: "\n") }
}

/// Counts over many runs, so that a test can say that it has tested something.
struct ModelCounts {
  var commits = 0
  var fenced = 0
  var failed = 0
  var crashes = 0
  var outages = 0
  var logsMadeAnew = 0
}

/// One random sequence of operations of several members on several shards, with a store that fails; compared with the
/// reference fold wherever the store says that it stands.
struct ModelRun {
  private let seed: UInt64
  private var random: SeededRandom
  private var logs: [Int32: [ModelLog]] = [:]
  private var folds: [Int32: ReferenceFold] = [:]
  private var members: [ModelMember] = []
  /// Looks at the data without failing.
  private let truth: any RecordStore
  private let makeStore: () throws -> any RecordStore
  private let mix: ModelLog.Mix?
  private var cache = UserCache.Limits()
  private var batchLimit: Int64 = 1
  private var trace: [String] = []
  private(set) var counts = ModelCounts()

  /// - Parameters:
  ///   - mix: what each log is made of; nil draws it.
  ///   - makeStore: makes stores on the same data, empty at first.
  init(seed: UInt64, mix: ModelLog.Mix? = nil, makeStore: @escaping () throws -> any RecordStore) throws {
    self.seed = seed
    self.mix = mix
    self.makeStore = makeStore
    random = SeededRandom(seed: seed)
    truth = FlakyStore(try makeStore(), seed: 0, isPatient: true)
    for shard in 0..<Int32.random(in: 1...3, using: &random) { makeLog(shard) }
    if Bool.random(using: &random) { cache = UserCache.Limits(users: 3, historyEntries: 40) }
    batchLimit = [1, 8, 50, 1_000].randomElement(using: &random) ?? 1
    let failures = [0, 60, 400].randomElement(using: &random) ?? 0
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let member = ModelMember(store: FlakyStore(try makeStore(), seed: random.next()))
      member.store.failures = failures
      members.append(member)
    }
  }

  private mutating func makeLog(_ shard: Int32) {
    let made = logs[shard, default: []]
    let mix = mix ?? ModelLog.Mix.random(using: &random)
    logs[shard] = made + [ModelLog(name: "log \(made.count) of \(shard)", mix: mix, using: &random)]
  }

  private var shards: [Int32] { logs.keys.sorted() }
  private func newest(_ shard: Int32) -> ModelLog { logs[shard, default: []][logs[shard, default: []].count - 1] }

  /// - Parameter disturb: called now and then, between two operations; what breaks the real server.
  mutating func run(steps: Int, disturb: () throws -> Void = {}) throws {
    for _ in 0..<steps {
      let shard = shards.randomElement(using: &random) ?? 0
      try step(members[Int.random(in: 0..<members.count, using: &random)], shard)
      try look(shard, whole: Int.random(in: 0..<10, using: &random) == 0)
      if Int.random(in: 0..<20, using: &random) == 0 { try disturb() }
    }
    try finish()
  }

  private mutating func step(_ member: ModelMember, _ shard: Int32) throws {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<4:
      note("\(name(of: member)) crashes")
      counts.crashes += 1
      member.crash()
    case 4..<7:
      member.store.isOut.toggle()
      counts.outages += 1
      note("\(name(of: member))'s store is \(member.store.isOut ? "gone" : "back")")
    case 7..<9:
      note("\(name(of: member)) is revoked \(shard)")
      member.lose(shard)
    case 9..<12:
      note("\(name(of: member)) opens \(shard) again")
      try? member.reopen(shard, newest: newest(shard))
    case 12 where Int.random(in: 0..<4, using: &random) == 0:
      makeLog(shard)
      counts.logsMadeAnew += 1
      note("the log of \(shard) is made anew: \(newest(shard).name), \(newest(shard).records.count) records")
    case 13..<20:
      let count = Int64.random(in: 0...batchLimit, using: &random)
      note("\(name(of: member)) reads \(count) of \(shard) and does not store them yet")
      member.add(shard, count: count)
    default: work(member, shard)
    }
  }

  /// What a member does when nothing special happens: take the shard, read, store; again where the store has failed.
  private mutating func work(_ member: ModelMember, _ shard: Int32) {
    if !member.owns(shard) {
      // A zombie may still hold the old log; whoever opens anew gets the newest.
      let outcome = Result { try member.open(shard, log: newest(shard), cache: cache) }
      note("\(name(of: member)) opens \(shard): \(outcome)")
      return
    }
    let isRetry = member.waits(shard)
    // The same batch again as a rule; a member may have read on while the store was gone.
    if !isRetry || Int.random(in: 0..<4, using: &random) == 0 {
      member.add(shard, count: Int64.random(in: 0...batchLimit, using: &random))
    }
    let outcome = member.commit(shard)
    note("\(name(of: member)) stores \(shard)\(isRetry ? " again" : ""): \(outcome.map { "\($0)" } ?? "failed")")
    switch outcome {
    case nil: counts.failed += 1
    case .committed: counts.commits += 1
    case .fenced: counts.fenced += 1
    }
  }

  /// A member without faults finishes every log; then everything must be there, once.
  private mutating func finish() throws {
    let last = ModelMember(store: FlakyStore(try makeStore(), seed: 0, isPatient: true))
    for shard in shards {
      try last.open(shard, log: newest(shard), cache: cache)
      repeat {
        last.add(shard, count: batchLimit)
        guard last.commit(shard) == .committed else { throw failure("the last member cannot store \(shard)") }
      } while last.rest(shard) > 0
      try look(shard, whole: true)
      try compareApplied(shard)
    }
  }

  /// Compares a shard with the reference: its position always, its users where `whole`.
  private mutating func look(_ shard: Int32, whole: Bool) throws {
    let position = try truth.position(of: shard)
    let fold = folds[shard, default: ReferenceFold()]
    if let position, position.log == fold.log, position.nextOffset < fold.offset {
      throw failure("shard \(shard) went back from \(fold.offset) to \(position.nextOffset)")
    }
    folds[shard, default: ReferenceFold()].advance(to: position, logs: logs[shard] ?? [])
    guard whole else { return }
    let found = try StateDigest(of: truth, shards: [shard])
    let expected = folds[shard, default: ReferenceFold()]
    if found.digest != expected.digest {
      throw failure("shard \(shard) at \(expected.offset): digest \(found), the reference has \(expected.digest)")
    }
  }

  private func compareApplied(_ shard: Int32) throws {
    var bytes: [UInt8] = []
    var end = AppliedRange(log: 0, start: 0, end: 0)
    var sequence: UInt64 = 0
    while true {
      let slice = try truth.applied(shard: shard, after: sequence, limit: 1_000)
      guard let last = slice.batches.last else { break }
      for batch in slice.batches { try append(batch.bytes, to: &bytes, after: &end) }
      sequence = last.sequence
    }
    guard try truth.position(of: shard)?.sequence == sequence else {
      throw failure("shard \(shard): applied ends at batch \(sequence)")
    }
    if bytes != folds[shard, default: ReferenceFold()].applied {
      throw failure("shard \(shard): its applied entries are not the reference's")
    }
  }

  /// Entries with their offsets; batches of one log must follow each other without a hole.
  private func append(_ batch: [UInt8], to bytes: inout [UInt8], after end: inout AppliedRange) throws {
    let range = try batch.withUnsafeBytes { try AppliedCodec.range(of: $0) }
    guard range.start == (range.log == end.log ? end.end : 0) else { throw failure("\(range) follows \(end)") }
    end = range
    var writer = ByteWriter()
    try batch.withUnsafeBytes { raw in
      try AppliedCodec.forEach(in: raw) { view in
        var id = view.entry.kind == .erasure ? "" : view.itemID.text
        id.withUTF8 {
          AppliedCodec.append(
            view.entry, place: view.offset, itemID: UnsafeRawBufferPointer($0), form: .string, to: &writer)
        }
      }
    }
    bytes += writer.bytes
  }

  private func name(of member: ModelMember) -> String {
    "member \(members.firstIndex { $0 === member } ?? -1)"
  }

  private mutating func note(_ line: String) { trace.append(line) }
  private func failure(_ what: String) -> ModelFailure { ModelFailure(seed: seed, what: what, trace: trace) }
}
