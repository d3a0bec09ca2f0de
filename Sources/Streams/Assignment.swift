/// Which partitions a consumer has, and where it stands in each: a value, without any I/O.
struct Assignment {
  struct Entry: Equatable {
    /// The next offset to hand out; nil until the first record shows it.
    var next: Int64?
    /// Owned, but its start is not known yet: nothing is read.
    var isHeld = false
    var isPaused = false
    /// Everything up to the log's end was handed out.
    var isAtEnd = false
  }

  private(set) var entries: [TopicPartition: Entry] = [:]

  var partitions: [TopicPartition] { entries.keys.sorted() }
  subscript(partition: TopicPartition) -> Entry? { entries[partition] }

  mutating func add(_ partition: TopicPartition, next: Int64?, held: Bool) {
    entries[partition] = Entry(next: next, isHeld: held)
  }

  mutating func remove(_ partition: TopicPartition) { entries[partition] = nil }

  /// The least offset that is welcome; nil drops every record.
  func firstWelcome(_ partition: TopicPartition) -> Int64? {
    guard let entry = entries[partition], !entry.isHeld, !entry.isPaused else { return nil }
    return entry.next ?? 0
  }

  /// Records up to before `next` were handed out.
  mutating func advance(_ partition: TopicPartition, to next: Int64) {
    entries[partition]?.next = next
    entries[partition]?.isAtEnd = false
  }

  mutating func seek(_ partition: TopicPartition, to next: Int64?) {
    entries[partition]?.next = next
    entries[partition]?.isHeld = false
    entries[partition]?.isAtEnd = false
  }

  /// Nothing is handed out until the next `seek`.
  mutating func hold(_ partition: TopicPartition) { entries[partition]?.isHeld = true }

  /// The log ends at `offset`, and everything before it was handed out.
  mutating func reachedEnd(_ partition: TopicPartition, at offset: Int64) {
    guard let entry = entries[partition], !entry.isHeld, !entry.isPaused, (entry.next ?? 0) <= offset else { return }
    entries[partition]?.next = offset
    entries[partition]?.isAtEnd = true
  }

  mutating func setPaused(_ partition: TopicPartition, _ paused: Bool) { entries[partition]?.isPaused = paused }
}
