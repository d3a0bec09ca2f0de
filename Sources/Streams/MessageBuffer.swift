import CRdKafka

/// Messages on their way from librdkafka to a batch: collects, drops, groups, destroys. Owns every message in it.
final class MessageBuffer {
  typealias Message = UnsafeMutablePointer<rd_kafka_message_t>

  private(set) var count = 0
  private(set) var bytes = 0
  private var capacity: Int
  private var incoming: UnsafeMutablePointer<Message?>
  private var grouped: UnsafeMutablePointer<Message>
  private var stale: [Stale] = []

  /// Messages of one partition, in the slots before `end`, that a rebalance has made void.
  private struct Stale {
    let partition: TopicPartition
    let end: Int

    func covers(_ message: Message) -> Bool {
      message.pointee.partition == partition.partition
        && String(cString: rd_kafka_topic_name(message.pointee.rkt)) == partition.topic
    }
  }

  init(capacity: Int) {
    self.capacity = capacity
    incoming = .allocate(capacity: capacity)
    incoming.initialize(repeating: nil, count: capacity)
    grouped = .allocate(capacity: capacity)
  }

  deinit {
    clear()
    incoming.deallocate()
    grouped.deallocate()
  }

  func reserve(_ wanted: Int) {
    if wanted <= capacity { return }
    precondition(count == 0, "a buffer in use cannot grow")
    incoming.deallocate()
    grouped.deallocate()
    capacity = wanted
    incoming = .allocate(capacity: wanted)
    incoming.initialize(repeating: nil, count: wanted)
    grouped = .allocate(capacity: wanted)
  }

  /// Takes up to `limit` messages from the queue; hands those that are events, not records, to `event` and drops them.
  /// - Parameter timeoutMs: librdkafka waits so long until `limit` are there.
  /// - Returns: how many messages came, events included; negative after an error.
  func take(from queue: OpaquePointer, limit: Int, timeoutMs: Int32, event: (Message) -> Void) -> Int {
    let start = count
    let room = min(limit, capacity - start)
    // `discard` reads from this how far the library has come.
    for index in start..<start + room { incoming[index] = nil }
    let got = rd_kafka_consume_batch_queue(queue, timeoutMs, incoming + start, room)
    let end = start + max(0, got)
    // Only after a rebalance must what was there before be looked at again.
    let from = stale.isEmpty ? start : 0
    if from == 0 { bytes = 0 }
    count = from
    for index in from..<end {
      guard let message = incoming[index] else { continue }
      incoming[index] = nil
      if stale.contains(where: { index < $0.end && $0.covers(message) }) {
        rd_kafka_message_destroy(message)
      } else if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR {
        event(message)
        rd_kafka_message_destroy(message)
      } else {
        incoming[count] = message
        count += 1
        bytes += message.pointee.len + message.pointee.key_len
      }
    }
    stale.removeAll(keepingCapacity: true)
    return got
  }

  /// Drops the partition's messages that are here already, those included that a `take` in progress has collected.
  ///
  /// For the rebalance callback, which runs inside `take`: librdkafka 2.0.2 goes on filling the batch after it, so that
  /// records from before and after a rebalance lie side by side. What it collects later is of the new assignment.
  func discard(_ partition: TopicPartition) {
    var end = count
    while end < capacity, incoming[end] != nil { end += 1 }
    if end > 0 { stale.append(Stale(partition: partition, end: end)) }
  }

  /// Groups by partition, keeping the order within each, and drops what `first` refuses.
  /// - Parameter first: for each partition in the buffer: the least offset that is welcome; nil drops all of it.
  func group(_ first: (TopicPartition) -> Int64?) -> [RecordBatch.Run] {
    struct Group {
      let topic: OpaquePointer?
      let partition: Int32
      var size = 0
    }
    var groups: [Group] = []
    var last = 0
    func find(_ message: Message) -> Int {
      let (topic, partition) = (message.pointee.rkt, message.pointee.partition)
      // Records come in runs of one fetch: nearly always the same partition as before.
      if last < groups.count, groups[last].topic == topic, groups[last].partition == partition { return last }
      last = groups.firstIndex { $0.topic == topic && $0.partition == partition } ?? groups.count
      if last == groups.count { groups.append(Group(topic: topic, partition: partition)) }
      return last
    }
    for index in 0..<count { if let message = incoming[index] { groups[find(message)].size += 1 } }
    var ends: [Int] = []
    var total = 0
    for group in groups {
      ends.append(total)
      total += group.size
    }
    let starts = ends
    for index in 0..<count {
      guard let message = incoming[index] else { continue }
      let group = find(message)
      grouped[ends[group]] = message
      ends[group] += 1
    }
    return compact(starts: starts, ends: ends) { index in
      let group = groups[index]
      let partition = TopicPartition(String(cString: rd_kafka_topic_name(group.topic)), group.partition)
      return (partition, first(partition))
    }
  }

  private func compact(
    starts: [Int], ends: [Int], _ welcome: (Int) -> (TopicPartition, Int64?)
  ) -> [RecordBatch.Run] {
    var runs: [RecordBatch.Run] = []
    var kept = 0
    for group in starts.indices {
      let (partition, first) = welcome(group)
      let begin = kept
      for index in starts[group]..<ends[group] {
        let message = grouped[index]
        if let first, message.pointee.offset >= first {
          grouped[kept] = message
          kept += 1
        } else {
          bytes -= message.pointee.len + message.pointee.key_len
          rd_kafka_message_destroy(message)
        }
      }
      if kept > begin { runs.append(RecordBatch.Run(partition: partition, indices: begin..<kept)) }
    }
    let filled = count
    count = kept
    for index in 0..<filled { incoming[index] = index < kept ? grouped[index] : nil }
    return runs
  }

  /// The messages, grouped.
  /// - Precondition: `group` was called after the last `take`.
  var messages: UnsafeMutablePointer<Message> { grouped }

  func clear() {
    for index in 0..<count {
      if let message = incoming[index] { rd_kafka_message_destroy(message) }
      incoming[index] = nil
    }
    count = 0
    bytes = 0
    stale.removeAll(keepingCapacity: true)
  }
}
