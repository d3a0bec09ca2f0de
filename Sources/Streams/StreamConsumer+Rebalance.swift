import CRdKafka

extension StreamConsumer {
  /// The group's protocol has decided; the library waits for our assign or unassign.
  func rebalance(_ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
    let partitions = PartitionList.partitions(list)
    switch code {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: take(partitions)
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: give(partitions, list)
    default:
      rd_kafka_assign(handle.pointer, nil)
      pending = StreamError(code, "rebalance")
    }
  }

  private func take(_ partitions: [TopicPartition]) {
    let starts = owner.map { $0.assigned(partitions) } ?? [:]
    var offsets: [TopicPartition: Int64] = [:]
    var held: [TopicPartition] = []
    for partition in partitions {
      buffer.discard(partition)
      ends[partition] = nil
      guard let start = owner == nil ? .committed : starts[partition], let offset = try? resolve(start, partition)
      else {
        held.append(partition)
        // Any valid place will do: it is paused before anything is read.
        offsets[partition] = Int64(RD_KAFKA_OFFSET_BEGINNING)
        assignment.add(partition, next: nil, held: true)
        continue
      }
      offsets[partition] = offset
      assignment.add(partition, next: offset >= 0 ? offset : nil, held: false)
    }
    let list = PartitionList(offsets)
    if let error = rd_kafka_incremental_assign(handle.pointer, list.pointer) {
      pending = StreamError(consuming: error, "assign \(partitions.count) partitions")
    }
    if !held.isEmpty {
      let paused = PartitionList(held)
      rd_kafka_pause_partitions(handle.pointer, paused.pointer)
    }
    context.log.info(
      "partitions assigned", ["count": .integer(Int64(partitions.count)), "held": .integer(Int64(held.count))])
    context.observer.rebalanced(assigned: partitions.count, revoked: 0, lost: false)
  }

  private func give(
    _ partitions: [TopicPartition], _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  ) {
    let lost = rd_kafka_assignment_lost(handle.pointer) != 0
    if lost { owner?.lost(partitions) } else { owner?.revoked(partitions) }
    endPauses(partitions)
    for partition in partitions {
      buffer.discard(partition)
      ends[partition] = nil
      assignment.remove(partition)
    }
    if let error = rd_kafka_incremental_unassign(handle.pointer, list) {
      pending = StreamError(consuming: error, "give up \(partitions.count) partitions")
    }
    context.log.info("partitions revoked", ["count": .integer(Int64(partitions.count)), "lost": .flag(lost)])
    context.observer.rebalanced(assigned: 0, revoked: partitions.count, lost: lost)
  }

  /// librdkafka keeps a pause beyond the assignment that it was made in: a partition that was paused or held back when it
  /// went would never be read again when it comes back.
  private func endPauses(_ partitions: [TopicPartition]) {
    let stopped = partitions.filter { assignment[$0].map { $0.isPaused || $0.isHeld } ?? false }
    if stopped.isEmpty { return }
    let list = PartitionList(stopped)
    rd_kafka_resume_partitions(handle.pointer, list.pointer)
  }

  // MARK: Events

  /// What comes in a record's place.
  func handleEvent(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
    let code = message.pointee.err
    let partition = message.pointee.rkt.map {
      TopicPartition(String(cString: rd_kafka_topic_name($0)), message.pointee.partition)
    }
    let words = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
    switch code {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      // Records before it may be in the same poll: it counts once they are handed out.
      if let partition { ends[partition] = message.pointee.offset }
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      if let partition { outOfRange(partition, StreamError(.outOfRange, "\(partition): \(words)")) }
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
      // The next poll joins again; `lost` is called before.
      context.hear(code, words, client: handle.pointer)
    default:
      context.hear(code, partition.map { "\($0): \(words)" } ?? words, client: handle.pointer)
    }
  }

  private func outOfRange(_ partition: TopicPartition, _ error: StreamError) {
    guard let entry = assignment[partition] else { return }
    do {
      let log = try watermarks(partition)
      let wanted = entry.next ?? log.low
      let choice = owner.map { $0.outOfRange(partition, wanted: wanted, log: log) } ?? standardChoice(wanted, log)
      guard let choice else {
        assignment.hold(partition)
        pending = StreamError(
          .outOfRange, "\(partition): offset \(wanted) is not in the log, which has \(log.low) up to \(log.high)")
        return
      }
      let target = try resolve(choice, partition)
      let skipped = max(0, (target >= 0 ? target : log.low) - wanted)
      context.log.error(
        "records were trimmed from the log before they were read",
        ["partition": "\(partition)", "wanted": .integer(wanted), "low": .integer(log.low), "lost": .integer(skipped)])
      context.observer.skipped(partition, records: skipped)
      try start(partition, at: choice)
    } catch {
      context.observer.transientError(error)
      pending = error
    }
  }

  /// As the protocol's own answer, where there is no owner.
  private func standardChoice(_ wanted: Int64, _ log: Watermarks) -> StartOffset? {
    wanted < log.low ? .offset(log.low) : nil
  }
}
