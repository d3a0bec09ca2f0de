import CRdKafka

extension StreamConsumer {
  /// Reads on from `offset`; what was fetched before is dropped.
  public func seek(_ partition: TopicPartition, to offset: Int64) throws(StreamError) {
    precondition(offset >= 0, "seek \(partition) to \(offset)")
    try move(partition, to: offset)
  }

  /// Begins with a partition that was held back, or begins anew with another.
  public func start(_ partition: TopicPartition, at start: StartOffset) throws(StreamError) {
    let wasHeld = assignment[partition]?.isHeld ?? false
    let isPaused = assignment[partition]?.isPaused ?? false
    try move(partition, to: try resolve(start, partition))
    if wasHeld && !isPaused {
      let list = PartitionList([partition])
      rd_kafka_resume_partitions(handle.pointer, list.pointer)
      try list.check("start")
    }
  }

  private func move(_ partition: TopicPartition, to offset: Int64) throws(StreamError) {
    let client = try open()
    guard assignment[partition] != nil else {
      throw StreamError(.notOwner, "seek: \(partition) is not assigned to this consumer")
    }
    let list = PartitionList([partition: offset])
    if let error = rd_kafka_seek_partitions(client, list.pointer, milliseconds(Self.seekTimeout)) {
      throw StreamError(consuming: error, "seek \(partition) to \(offset)")
    }
    if PartitionList.entries(list.pointer).allSatisfy({ $0.err == RD_KAFKA_RESP_ERR__STATE }) {
      try assignAgain(partition, at: offset)
    } else {
      try list.check("seek")
    }
    assignment.seek(partition, to: offset >= 0 ? offset : nil)
    ends[partition] = nil
  }

  /// A partition that stopped at an offset out of the log is not fetched, and takes no seek.
  private func assignAgain(_ partition: TopicPartition, at offset: Int64) throws(StreamError) {
    let list = PartitionList([partition: offset])
    if let error = rd_kafka_incremental_unassign(handle.pointer, list.pointer) {
      throw StreamError(consuming: error, "stop \(partition)")
    }
    if let error = rd_kafka_incremental_assign(handle.pointer, list.pointer) {
      throw StreamError(consuming: error, "begin with \(partition) at \(offset)")
    }
  }

  /// Stops handing out records of these partitions; the group does not notice. Nothing is lost.
  public func pause(_ partitions: [TopicPartition]) throws(StreamError) {
    let client = try open()
    let mine = partitions.filter { assignment[$0].map { !$0.isPaused } ?? false }
    if mine.isEmpty { return }
    let list = PartitionList(mine)
    rd_kafka_pause_partitions(client, list.pointer)
    try list.check("pause")
    for partition in mine { assignment.setPaused(partition, true) }
  }

  /// Goes on exactly where the last batch ended.
  public func resume(_ partitions: [TopicPartition]) throws(StreamError) {
    let client = try open()
    let mine = partitions.filter { assignment[$0]?.isPaused ?? false }
    for partition in mine {
      assignment.setPaused(partition, false)
      guard let entry = assignment[partition], !entry.isHeld else { continue }
      let list = PartitionList([partition])
      rd_kafka_resume_partitions(client, list.pointer)
      try list.check("resume")
      // librdkafka 2.0.2 resumes at the last record that it gave out, and forgets a seek in between.
      if let next = entry.next { try seek(partition, to: next) }
    }
  }

  /// Tells the group how far its members are: a hint for tools and lag monitors, never what the state rests on.
  /// - Parameters:
  ///   - offsets: for each partition the next one to read.
  ///   - wait: until the broker has answered. Otherwise an error is only heard by the observer.
  public func commit(_ offsets: [TopicPartition: Int64], wait: Bool = false) throws(StreamError) {
    if offsets.isEmpty { return }
    let list = PartitionList(offsets)
    let code = rd_kafka_commit(try open(), list.pointer, wait ? 0 : 1)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw StreamError(code, "commit") }
    if wait { try list.check("commit") }
  }

  /// Asks the broker.
  public func watermarks(
    _ partition: TopicPartition, within limit: Duration = KafkaConfiguration.requestTimeout
  ) throws(StreamError) -> Watermarks {
    _ = try open()
    return try handle.watermarks(partition, within: limit)
  }

  /// Records between this consumer's place and each log's end, as of the last fetch; without the partitions of which
  /// nothing is known yet. Asks nobody.
  public func lag() -> [TopicPartition: Int64] {
    var result: [TopicPartition: Int64] = [:]
    for partition in assignment.partitions {
      var low: Int64 = 0
      var high: Int64 = 0
      let code = rd_kafka_get_watermark_offsets(
        handle.pointer, partition.topic, partition.partition, &low, &high)
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0 else { continue }
      result[partition] = max(0, high - (assignment[partition]?.next ?? max(0, low)))
    }
    return result
  }

  /// The next offset that will be handed out; nil before it is known.
  public func position(_ partition: TopicPartition) -> Int64? { assignment[partition]?.next }

  /// Whether every assigned partition was read up to its end (and then nothing more came).
  public var isAtEnd: Bool {
    !assignment.entries.isEmpty && assignment.entries.values.allSatisfy { $0.isAtEnd }
  }

  public func clusterID(within limit: Duration = KafkaConfiguration.requestTimeout) throws(StreamError) -> String {
    _ = try open()
    return try handle.clusterID(within: limit)
  }

  public func partitionCount(
    of topic: String, within limit: Duration = KafkaConfiguration.requestTimeout
  ) throws(StreamError) -> Int? {
    _ = try open()
    return try handle.partitionCount(of: topic, within: limit)
  }

  /// An offset, or librdkafka's negative name for the beginning.
  func resolve(_ start: StartOffset, _ partition: TopicPartition) throws(StreamError) -> Int64 {
    switch start {
    case .offset(let offset):
      precondition(offset >= 0, "\(partition) cannot begin at \(offset)")
      return offset
    case .beginning: return Int64(RD_KAFKA_OFFSET_BEGINNING)
    // Asked now: the library would ask later, and miss what comes in between.
    case .end: return try watermarks(partition).high
    case .committed:
      let list = PartitionList([partition])
      let code = rd_kafka_committed(try open(), list.pointer, milliseconds(KafkaConfiguration.requestTimeout))
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw StreamError(code, "committed offset of \(partition)") }
      try list.check("committed offset of")
      let offset = list.offsets[partition] ?? -1
      return offset >= 0 ? offset : Int64(RD_KAFKA_OFFSET_BEGINNING)
    }
  }
}
