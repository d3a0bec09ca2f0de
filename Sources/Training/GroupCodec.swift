import State

/// Binary form of a training group, as it travels on `ranking-samples`. Features are written whole: what is trained on is
/// bit for bit what was scored.
public enum GroupCodec {
  static let version: UInt8 = 1
  /// As version 1, with a position for each row behind the labels.
  static let shownVersion: UInt8 = 2
  /// More rows than any candidate list has.
  static let maximumRows = 1_024
  static let maximumColumns = 4_096

  public static func encode(_ group: TrainingGroup) -> [UInt8] {
    var writer = ByteWriter(reserving: 48 + group.labels.count + 4 * group.rows.count)
    writer.byte(group.wasShown ? shownVersion : version)
    writer.word(group.sequence)
    writer.word(group.userHash)
    writer.word(group.timeMs)
    writer.word(group.registryHash)
    let columns = group.labels.isEmpty ? 0 : group.rows.count / group.labels.count
    writer.varint(UInt64(columns))
    writer.varint(UInt64(group.labels.count))
    writer.varint(UInt64(columns == 0 ? 0 : group.reference.count / columns))
    writer.raw(group.labels)
    writer.raw(group.positions)
    group.rows.withUnsafeBytes { writer.raw($0) }
    group.reference.withUnsafeBytes { writer.raw($0) }
    return writer.bytes
  }

  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(CorruptBytes) -> TrainingGroup {
    var reader = ByteReader(bytes)
    let wasShown = bytes.first == shownVersion
    try reader.expect(version: wasShown ? shownVersion : version, of: "training group")
    let sequence = try reader.word(UInt64.self)
    let userHash = try reader.word(UInt64.self)
    let timeMs = try reader.word(Int64.self)
    let registryHash = try reader.word(UInt64.self)
    let columns = try reader.count(limit: maximumColumns, of: "features")
    let count = try reader.count(limit: maximumRows, of: "rows")
    let references = try reader.count(limit: maximumRows, of: "reference rows")
    var labels: [UInt8] = []
    for _ in 0..<count {
      let label = try reader.byte()
      guard label <= GroupSettings.targetLabel else {
        throw CorruptBytes(what: "label \(label)", offset: reader.offset)
      }
      labels.append(label)
    }
    var positions: [UInt8] = []
    for _ in 0..<(wasShown ? count : 0) { positions.append(try reader.byte()) }
    guard reader.remaining == columns * (count + references) * MemoryLayout<Float>.size else {
      throw CorruptBytes(what: "\(reader.remaining) bytes of features", offset: reader.offset)
    }
    let rows = try floats(columns * count, from: &reader)
    let reference = try floats(columns * references, from: &reader)
    return TrainingGroup(
      sequence: sequence, userHash: userHash, timeMs: timeMs, rows: rows, labels: labels, registryHash: registryHash,
      reference: reference, positions: positions)
  }

  private static func floats(_ count: Int, from reader: inout ByteReader) throws(CorruptBytes) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      let value = try reader.float()
      guard value.isFinite else { throw CorruptBytes(what: "a feature that is no number", offset: reader.offset) }
      values.append(value)
    }
    return values
  }
}
