import Synchronization

/// Puts records that cannot be used into the dead-letters topic: the bytes as received, with the reason and the origin as
/// headers `reason`, `message`, `field`, `topic`, `partition`, `offset` (text, after the record's own headers).
///
/// Bounded: with too many letters on their way `write` waits, then fails. Safe on every thread; `settle` belongs to the
/// one that works on the batch.
public final class DeadLetterWriter: Sendable {
  /// Letters not yet acknowledged: a stream of nothing but bad records must not fill the memory.
  public static let outstandingLimit = 10_000
  /// A message is for people: it need not repeat the record.
  static let textLimit = 512
  /// What is kept of a payload that is too large for one record together with its headers.
  static let cutBytes = 256 << 10
  private static let step: Duration = .milliseconds(1)

  private let producer: StreamProducer
  public let topic: String
  private let tally = Tally()

  public init(_ producer: StreamProducer, topic: String) {
    self.producer = producer
    self.topic = topic
  }

  /// Hands the letter to the producer.
  /// - Parameters:
  ///   - reason: a short word from a fixed list, such as `bad_json`: metrics count by it.
  ///   - message: what is wrong, for people; cut at 512 bytes.
  ///   - field: the field that is wrong, where it is one.
  ///   - patience: how long to wait for room in the queue.
  /// - Throws: `.queueFull` when there is no room in time; then nothing was written.
  public func write(
    _ record: StreamRecord, reason: String, message: String, field: String? = nil, patience: Duration = .seconds(5)
  ) throws(StreamError) {
    var headers = record.headers
    headers.append(StreamHeader("reason", Self.cut(reason)))
    headers.append(StreamHeader("message", Self.cut(message)))
    if let field { headers.append(StreamHeader("field", Self.cut(field))) }
    headers.append(StreamHeader("topic", record.topic))
    headers.append(StreamHeader("partition", "\(record.partition)"))
    headers.append(StreamHeader("offset", "\(record.offset)"))
    do throws(StreamError) {
      try send(record.key, record.payload, headers, patience)
    } catch  where error.code == .tooLarge {
      headers.append(StreamHeader("truncated_from", "\(record.payload?.count ?? 0)"))
      let payload = record.payload.map { UnsafeRawBufferPointer(rebasing: $0.prefix(Self.cutBytes)) }
      let key = record.key.map { UnsafeRawBufferPointer(rebasing: $0.prefix(Self.cutBytes)) }
      try send(key, payload, Array(headers.suffix(Self.ownHeaders)), patience)
    }
  }

  /// Those that this type adds.
  private static let ownHeaders = 7

  private func send(
    _ key: UnsafeRawBufferPointer?, _ payload: UnsafeRawBufferPointer?, _ headers: [StreamHeader],
    _ patience: Duration
  ) throws(StreamError) {
    let clock = ContinuousClock()
    let end = clock.now + patience
    while true {
      do throws(StreamError) {
        if tally.outstanding.load(ordering: .relaxed) >= Self.outstandingLimit {
          throw StreamError(.queueFull, "\(Self.outstandingLimit) dead letters wait for the broker")
        }
        tally.outstanding.wrappingAdd(1, ordering: .relaxed)
        do throws(StreamError) {
          try producer.send(to: topic, keyBytes: key, payloadBytes: payload, headers: headers) { [tally] in
            tally.settle($0)
          }
        } catch {
          tally.outstanding.wrappingSubtract(1, ordering: .relaxed)
          throw error
        }
        return
      } catch  where error.code == .queueFull && clock.now < end {
        pause(Self.step)
      }
    }
  }

  /// Letters that the broker has not yet acknowledged.
  public var outstandingCount: Int { tally.outstanding.load(ordering: .acquiring) }

  /// Waits until every letter is acknowledged: call it before the offset behind them is stored.
  /// - Throws: `.timedOut`, or the first error with which a letter was given up since the last call: then the batch must
  ///   be done again, or its bad records are in no topic.
  public func settle(within limit: Duration) throws(StreamError) {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while outstandingCount > 0 {
      if clock.now > end {
        throw StreamError(.timedOut, "\(outstandingCount) dead letters are not acknowledged after \(limit)")
      }
      pause(Self.step)
    }
    if let error = tally.takeFailure() { throw error }
  }

  private static func cut(_ text: String) -> String {
    text.utf8.count <= textLimit ? text : String(decoding: text.utf8.prefix(textLimit), as: UTF8.self)
  }

  /// Shared with the callbacks, which may outlive the writer.
  private final class Tally: Sendable {
    let outstanding = Atomic<Int>(0)
    private let failure = Mutex<StreamError?>(nil)

    func settle(_ result: Result<RecordLocation, StreamError>) {
      if case .failure(let error) = result { failure.withLock { first in if first == nil { first = error } } }
      outstanding.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }

    func takeFailure() -> StreamError? {
      failure.withLock { first in
        defer { first = nil }
        return first
      }
    }
  }
}
