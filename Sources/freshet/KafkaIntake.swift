import Events
import Identity
import Lifecycle
import Replica
import Serving
import Streams
import Synchronization

/// The API's door to the log: the same decoder as ingestion's, then the same topic.
final class KafkaIntake: EventIntake {
  private let rules: EventRules
  private let topic: String
  private let shards: Int32
  private let producer: StreamProducer
  private let waiter: AppliedWaiter
  private let clock = SystemClock()
  /// Decoders belong to one thread at a time; at most as many as there are workers ever exist.
  private let decoders = Mutex<[DecoderBox]>([])

  init(rules: EventRules, topic: String, shards: Int32, producer: StreamProducer, waiter: AppliedWaiter) {
    self.rules = rules
    self.topic = topic
    self.shards = shards
    self.producer = producer
    self.waiter = waiter
  }

  func submit(_ body: [UInt8], isLines: Bool, wait: EventWait, done: @escaping @Sendable (EventReceipt) -> Void) {
    let receipt = PendingReceipt(wait: wait, waiter: waiter, done: done)
    let box = decoders.withLock { $0.popLast() } ?? DecoderBox(EventDecoder(rules: rules))
    body.withUnsafeBytes { bytes in
      var splitter = EventBatchSplitter()
      let batch = splitter.split(bytes, form: isLines ? .lines : nil)
      for (index, range) in batch.events.enumerated() {
        submit(UnsafeRawBufferPointer(rebasing: bytes[range]), index: index, box.decoder, receipt)
      }
      if let fault = batch.fault {
        receipt.reject(
          EventRejection(index: fault.index, field: fault.fault.field, message: fault.fault.message))
      }
    }
    decoders.withLock { $0.append(box) }
    receipt.close()
  }

  private func submit(
    _ payload: UnsafeRawBufferPointer, index: Int, _ decoder: EventDecoder, _ receipt: PendingReceipt
  ) {
    do throws(EventFault) {
      try decoder.decode(payload, brokerTimeMs: clock.nowMilliseconds)
    } catch {
      return receipt.reject(EventRejection(index: index, field: error.field, message: error.message))
    }
    let user = decoder.event.user.bytes
    receipt.sent()
    do throws(StreamError) {
      try producer.send(
        to: topic, partition: Partitioner.partition(of: user, partitions: shards), keyBytes: user,
        payloadBytes: payload,
        onDelivery: { receipt.delivered($0) })
    } catch {
      receipt.delivered(.failure(error))
    }
  }
}

/// Moves a decoder between threads: whoever has taken the box from the pool is its only user.
private final class DecoderBox: @unchecked Sendable {
  // Proof of Sendable: `decoder` never changes, and is used only between taking the box out of the pool's mutex and
  // putting it back.
  let decoder: EventDecoder
  init(_ decoder: EventDecoder) { self.decoder = decoder }
}

/// One request's events on their way: answers once, when the last has been acknowledged. Any thread.
private final class PendingReceipt: Sendable {
  private struct State {
    var receipt = EventReceipt(accepted: 0)
    /// One for the submitter, until it has sent everything.
    var outstanding = 1
    var offsets: [Int32: Int64] = [:]
  }

  private let state = Mutex(State())
  private let wait: EventWait
  private let waiter: AppliedWaiter
  private let done: @Sendable (EventReceipt) -> Void

  init(wait: EventWait, waiter: AppliedWaiter, done: @escaping @Sendable (EventReceipt) -> Void) {
    self.wait = wait
    self.waiter = waiter
    self.done = done
  }

  func reject(_ rejection: EventRejection) { state.withLock { $0.receipt.rejected.append(rejection) } }
  func sent() { state.withLock { $0.outstanding += 1 } }

  func delivered(_ result: Result<RecordLocation, StreamError>) {
    finish { state in
      switch result {
      case .success(let location):
        state.receipt.accepted += 1
        state.offsets[location.partition] = max(state.offsets[location.partition] ?? 0, location.offset + 1)
      case .failure(let error):
        state.receipt.failure = EventFailure(code: "broker_\(error.code.rawValue)", message: "\(error)")
      }
    }
  }

  func close() { finish { _ in } }

  private func finish(_ change: (inout State) -> Void) {
    let complete: State? = state.withLock { state in
      change(&state)
      state.outstanding -= 1
      return state.outstanding == 0 ? state : nil
    }
    guard let complete else { return }
    let done = done
    guard wait == .applied, complete.receipt.failure == nil, !complete.offsets.isEmpty else {
      return done(complete.receipt)
    }
    waiter.wait(for: complete.offsets) { done(complete.receipt) }
  }
}
