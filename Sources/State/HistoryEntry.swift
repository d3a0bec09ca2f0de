import Identity

/// One remembered interaction: 24 bytes in memory, 12 to 13 in a record.
public struct HistoryEntry: Sendable, Equatable {
  public var item: ItemKey
  public var timeMs: Int64
  public var grade: Grade
  public var signal: Signal
  public var typeCode: UInt8

  public init(item: ItemKey, timeMs: Int64, grade: Grade, signal: Signal, typeCode: UInt8) {
    self.item = item
    self.timeMs = timeMs
    self.grade = grade
    self.signal = signal
    self.typeCode = typeCode
  }

  public var isPositive: Bool { signal == .positive }
}

/// Entries in a row, each time stored as the difference to the one before.
enum HistoryBlock {
  static func encode(_ entries: ArraySlice<HistoryEntry>, previousMs: Int64, into writer: inout ByteWriter) {
    var last = previousMs
    for entry in entries {
      writer.word(entry.item.rawValue)
      writer.signedVarint(entry.timeMs &- last)
      writer.byte(entry.grade.steps)
      writer.byte(entry.signal.rawValue | entry.typeCode << 2)
      last = entry.timeMs
    }
  }

  static func decode(
    count: Int, previousMs: Int64, from reader: inout ByteReader, into entries: inout [HistoryEntry]
  ) throws(CorruptBytes) {
    var last = previousMs
    for _ in 0..<count {
      let item = ItemKey(rawValue: try reader.word(UInt64.self))
      last = last &+ (try reader.signedVarint())
      let grade = Grade(steps: try reader.byte())
      let packed = try reader.byte()
      guard let signal = Signal(rawValue: packed & 3) else {
        throw CorruptBytes(what: "unknown signal \(packed & 3)", offset: reader.offset)
      }
      entries.append(HistoryEntry(item: item, timeMs: last, grade: grade, signal: signal, typeCode: packed >> 2))
    }
  }
}
