import Glibc
import Store
import TestSupport

/// A store that fails now and then: before the real one was asked, or after it has done its work. Or one that does not
/// take the real one's failures for an answer.
final class FlakyStore: RecordStore {
  private let inner: any RecordStore
  private var random: SeededRandom
  /// Failures in 1,000 calls.
  var failures = 0
  /// Whether nothing gets through.
  var isOut = false
  private let isPatient: Bool

  init(_ inner: any RecordStore, seed: UInt64, isPatient: Bool = false) {
    self.inner = inner
    self.isPatient = isPatient
    random = SeededRandom(seed: seed)
  }

  private func call<R>(_ work: () throws(StoreError) -> R) throws(StoreError) -> R {
    let die = Int.random(in: 0..<2_000, using: &random)
    if isOut || die < failures { throw StoreError(.unavailable, "injected before the call") }
    let result = try isPatient ? insist(work) : work()
    if die >= 2_000 - failures { throw StoreError(.unavailable, "injected after the call") }
    return result
  }

  private func insist<R>(_ work: () throws(StoreError) -> R) throws(StoreError) -> R {
    for _ in 0..<2_000 {
      do throws(StoreError) { return try work() } catch {
        guard error.code == .unavailable else { throw error }
        usleep(10_000)
      }
    }
    return try work()
  }

  func position(of shard: Int32) throws(StoreError) -> ShardPosition? {
    try call { () throws(StoreError) in try inner.position(of: shard) }
  }

  func commit(_ batch: ShardBatch) throws(StoreError) -> CommitOutcome {
    try call { () throws(StoreError) in try inner.commit(batch) }
  }

  func read(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> [StoredUser?] {
    try call { () throws(StoreError) in try inner.read(shard: shard, ids: ids) }
  }

  func load(shard: Int32, ids: [[UInt8]]) throws(StoreError) -> LoadedUsers {
    try call { () throws(StoreError) in try inner.load(shard: shard, ids: ids) }
  }

  func applied(shard: Int32, after sequence: UInt64, limit: Int) throws(StoreError) -> AppliedSlice {
    try call { () throws(StoreError) in try inner.applied(shard: shard, after: sequence, limit: limit) }
  }

  func erasures(shard: Int32, marks: [UInt64]) throws(StoreError) -> [Int64?] {
    try call { () throws(StoreError) in try inner.erasures(shard: shard, marks: marks) }
  }

  func put(_ values: [(name: String, bytes: [UInt8])]) throws(StoreError) {
    try call { () throws(StoreError) in try inner.put(values) }
  }

  func get(_ name: String) throws(StoreError) -> [UInt8]? {
    try call { () throws(StoreError) in try inner.get(name) }
  }

  func putIfAbsent(_ name: String, _ bytes: [UInt8]) throws(StoreError) -> [UInt8] {
    try call { () throws(StoreError) in try inner.putIfAbsent(name, bytes) }
  }

  func forEachUser(shard: Int32, _ body: ([UInt8], StoredUser) -> Void) throws(StoreError) {
    try call { () throws(StoreError) in try inner.forEachUser(shard: shard, body) }
  }
}
