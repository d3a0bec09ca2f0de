import Identity

/// What of a record the store holds already; kept beside the cached record, never part of it.
public struct StoredExtent: Sendable, Equatable {
  public var sealedCount: Int
  public var generation: UInt32

  /// Nothing stored yet.
  public init() {
    sealedCount = 0
    generation = 0
  }

  /// All of `record`.
  public init(_ record: UserRecord) {
    sealedCount = record.sealedCount
    generation = record.generation
  }
}

/// What must happen to the stored past of a user when its hot part is written.
public enum PastChange: Sendable, Equatable {
  case none
  case append([UInt8])
  case replace([UInt8])
}

/// Binary form of a user's record: a small hot part that every batch rewrites, and sealed blocks of older history that
/// are appended once and never touched again (native.md section 4: the bytes written per event decide the rate).
public enum RecordCodec {
  static let version: UInt8 = 1
  private static let hasText: UInt8 = 0
  private static let hasNumber: UInt8 = 1
  private static let hasFlag: UInt8 = 2

  /// Writes the hot part; clears `writer` first.
  public static func encodeHot(_ record: UserRecord, into writer: inout ByteWriter) {
    writer.removeAll()
    writer.byte(version)
    writer.varint(UInt64(record.generation))
    writer.varint(UInt64(record.sealedCount))
    writer.varint(record.eventCount)
    writer.varint(record.positiveCount)
    writer.varint(record.gradeSteps)
    writer.signedVarint(record.firstMs)
    writer.signedVarint(record.lastMs)
    writer.varint(record.lateCount)
    writer.varint(record.impressionCount)
    encodeAttributes(record.attributes, into: &writer)
    record.duplicates.encode(into: &writer)
    let open = record.history[record.sealedCount...]
    writer.varint(UInt64(open.count))
    HistoryBlock.encode(open, previousMs: 0, into: &writer)
  }

  /// What the stored past lacks.
  public static func pastChange(of record: UserRecord, stored: StoredExtent) -> PastChange {
    if stored.generation != record.generation {
      return .replace(encodePast(record.history[..<record.sealedCount]))
    }
    if stored.sealedCount == record.sealedCount { return .none }
    return .append(encodePast(record.history[stored.sealedCount..<record.sealedCount]))
  }

  private static func encodePast(_ entries: ArraySlice<HistoryEntry>) -> [UInt8] {
    var writer = ByteWriter(reserving: entries.count * 13 + 8)
    if entries.isEmpty { return [] }
    writer.byte(version)
    writer.varint(UInt64(entries.count))
    HistoryBlock.encode(entries, previousMs: 0, into: &writer)
    return writer.bytes
  }

  /// Reads a record back from its two parts.
  public static func decode(
    hot: UnsafeRawBufferPointer, past: UnsafeRawBufferPointer
  ) throws(CorruptBytes) -> UserRecord {
    var record = UserRecord()
    var reader = ByteReader(hot)
    try reader.expect(version: version, of: "user record")
    record.generation = UInt32(truncatingIfNeeded: try reader.varint())
    let historyLimit = UserLimits.history + UserLimits.compactionSlack
    record.sealedCount = try reader.count(limit: historyLimit, of: "sealed entries")
    record.eventCount = try reader.varint()
    record.positiveCount = try reader.varint()
    record.gradeSteps = try reader.varint()
    record.firstMs = try reader.signedVarint()
    record.lastMs = try reader.signedVarint()
    record.lateCount = try reader.varint()
    record.impressionCount = try reader.varint()
    record.attributes = try decodeAttributes(from: &reader)
    record.duplicates = try DuplicateWindow(from: &reader)
    let open = try reader.count(limit: historyLimit, of: "history entries")
    record.history.reserveCapacity(record.sealedCount + open + 1)
    try decodePast(past, into: &record.history)
    guard record.history.count == record.sealedCount else {
      throw CorruptBytes(
        what: "\(record.history.count) sealed entries where the record names \(record.sealedCount)", offset: 0)
    }
    try HistoryBlock.decode(count: open, previousMs: 0, from: &reader, into: &record.history)
    guard reader.isAtEnd else {
      throw CorruptBytes(what: "\(reader.remaining) bytes too many", offset: reader.offset)
    }
    return record
  }

  private static func decodePast(
    _ past: UnsafeRawBufferPointer, into history: inout [HistoryEntry]
  ) throws(CorruptBytes) {
    var reader = ByteReader(past)
    while !reader.isAtEnd {
      try reader.expect(version: version, of: "history block")
      let limit = UserLimits.history + UserLimits.compactionSlack - history.count
      let count = try reader.count(limit: limit, of: "history entries")
      try HistoryBlock.decode(count: count, previousMs: 0, from: &reader, into: &history)
    }
  }

  /// Sorted by name: equal records have equal bytes.
  private static func encodeAttributes(_ attributes: [String: AttributeValue], into writer: inout ByteWriter) {
    writer.varint(UInt64(attributes.count))
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      writer.text(name)
      switch value {
      case .text(let text):
        writer.byte(hasText)
        writer.text(text)
      case .number(let number):
        writer.byte(hasNumber)
        writer.double(number)
      case .flag(let flag):
        writer.byte(hasFlag)
        writer.byte(flag ? 1 : 0)
      }
    }
  }

  private static func decodeAttributes(
    from reader: inout ByteReader
  ) throws(CorruptBytes) -> [String: AttributeValue] {
    var attributes: [String: AttributeValue] = [:]
    for _ in 0..<(try reader.count(limit: UserLimits.attributes, of: "attributes")) {
      let name = try reader.text(limit: 4 * UserLimits.attributeBytes)
      switch try reader.byte() {
      case hasText: attributes[name] = .text(try reader.text(limit: 4 * UserLimits.attributeBytes))
      case hasNumber: attributes[name] = .number(try reader.double())
      case hasFlag: attributes[name] = .flag(try reader.byte() != 0)
      case let kind: throw CorruptBytes(what: "unknown attribute kind \(kind)", offset: reader.offset)
      }
    }
    return attributes
  }
}

extension UserRecord {
  /// XXH3 over the record's whole canonical form: equal for equal facts, wherever and in whatever batches they were
  /// stored. The digest of a shard is the wrapping sum of `digest(userID:)` over its users, whatever their order.
  public func digest(userID: UnsafeRawBufferPointer) -> UInt64 {
    var writer = ByteWriter(reserving: 64 + history.count * 13)
    RecordCodec.encodeHot(self, into: &writer)
    let hot = Hash64.of(writer.bytes)
    var whole = ByteWriter(reserving: history.count * 13)
    HistoryBlock.encode(history[...], previousMs: 0, into: &whole)
    return Hash64.mix(Hash64.of(userID) ^ Hash64.mix(hot ^ Hash64.mix(Hash64.of(whole.bytes))))
  }
}
