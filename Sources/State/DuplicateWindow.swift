/// The event ids that a user's record still recognises: the newest `capacity`, none older than `ageLimitMs` of the
/// event's own time. Bounded by count because it is rewritten with the record, by age because a producer's retries end.
public struct DuplicateWindow: Sendable, Equatable {
  /// 64 ids of 12 bytes: a retried batch of one user's events fits, the record stays below 1 KiB.
  public static let capacity = 64
  /// A week: longer than any broker's or client's retry, and the default retention of a Kafka topic.
  public static let ageLimitMs: Int64 = 7 * 86_400_000

  struct Seen: Sendable, Equatable {
    var hash: UInt64
    var timeSeconds: UInt32
  }

  /// Oldest first.
  var seen: [Seen] = []

  public var count: Int { seen.count }

  /// Whether `hash` was seen; otherwise remembers it. 0 stands for "no id" and is never a duplicate.
  mutating func admit(hash: UInt64, timeMs: Int64) -> Bool {
    if hash == 0 { return true }
    let now = UInt32(clamping: timeMs / 1000)
    let limit = UInt32(clamping: Self.ageLimitMs / 1000)
    for entry in seen where entry.hash == hash && (entry.timeSeconds > now || now - entry.timeSeconds <= limit) {
      return false
    }
    if seen.count == Self.capacity { seen.removeFirst() }
    seen.append(Seen(hash: hash, timeSeconds: now))
    return true
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(seen.count))
    for entry in seen {
      writer.word(entry.hash)
      writer.word(entry.timeSeconds)
    }
  }

  init() {}

  init(from reader: inout ByteReader) throws(CorruptBytes) {
    let count = try reader.count(limit: Self.capacity, of: "remembered event ids")
    seen.reserveCapacity(count)
    for _ in 0..<count {
      seen.append(Seen(hash: try reader.word(UInt64.self), timeSeconds: try reader.word(UInt32.self)))
    }
  }
}
