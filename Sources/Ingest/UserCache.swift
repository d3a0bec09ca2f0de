import Identity
import State
import Towers

/// The hot records of one shard: bounded, the least recently used out first. One thread.
struct UserCache: ~Copyable {
  /// What the cache may hold. A record takes some 200 bytes and 24 for each interaction remembered.
  struct Limits: Sendable {
    /// Users of one shard.
    var users = 20_000
    /// Interactions of all of them: 12 MB.
    var historyEntries = 500_000
  }

  struct Entry {
    var id: [UInt8]
    var hash: UInt64
    var record = UserRecord()
    /// What of the record's past the store holds already.
    var stored = StoredExtent()
    /// The user's own vector; nil where there is none yet, or none that can be read.
    var view: UserVectorState?
    /// Whether the current batch has moved it.
    var isViewMoved = false
    var isLoaded = false
    /// Whether the current batch has changed it.
    var isTouched = false
    /// Offset of the user's erasure: what the log says of the user before it is not applied again. -1 without.
    var erasedBefore: Int64 = -1
    /// The batch that used it last.
    var usedAt: UInt64 = 0
  }

  let limits: Limits
  private(set) var entries: [Entry] = []
  private var slots = KeyTable()
  private var free: [Int32] = []

  init(limits: Limits = Limits()) { self.limits = limits }

  var count: Int { entries.count - free.count }

  /// The user's slot, a new one where the cache does not hold the user; nil where another id has the same 64-bit hash.
  mutating func slot(of id: UnsafeRawBufferPointer, hash: UInt64, batch: UInt64) -> Int32? {
    if let slot = slots.find(hash) {
      guard entries[Int(slot)].id.elementsEqual(id) else { return nil }
      entries[Int(slot)].usedAt = batch
      return slot
    }
    let entry = Entry(id: Array(id), hash: hash, usedAt: batch)
    let slot: Int32
    if let reused = free.popLast() {
      slot = reused
      entries[Int(slot)] = entry
    } else {
      slot = Int32(entries.count)
      entries.append(entry)
    }
    slots.set(hash, slot)
    return slot
  }

  /// Changes an entry in place.
  @inline(__always) mutating func update<R>(_ slot: Int32, _ body: (inout Entry) -> R) -> R {
    body(&entries[Int(slot)])
  }

  mutating func remove(_ slot: Int32) {
    slots.remove(entries[Int(slot)].hash)
    entries[Int(slot)] = Entry(id: [], hash: 0)
    free.append(slot)
  }

  /// Forgets everything: the store is the truth.
  mutating func removeAll() {
    entries.removeAll()
    free.removeAll()
    slots = KeyTable()
  }

  /// Brings the cache below its limits, to three quarters, so that it is not done every batch. Between batches only.
  mutating func trim() {
    var history = 0
    var live: [Int32] = []
    for slot in entries.indices where entries[slot].isLoaded {
      history += entries[slot].record.history.count
      live.append(Int32(slot))
    }
    guard live.count > limits.users || history > limits.historyEntries else { return }
    live.sort { entries[Int($0)].usedAt < entries[Int($1)].usedAt }
    var left = live.count
    for slot in live {
      guard left > limits.users * 3 / 4 || history > limits.historyEntries * 3 / 4 else { break }
      history -= entries[Int(slot)].record.history.count
      left -= 1
      remove(slot)
    }
  }
}
