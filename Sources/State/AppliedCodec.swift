import Identity

/// One decoded entry of the `applied` stream with the id of its item, so that a follower that has never met the item
/// can name it.
public struct AppliedView {
  public var entry: AppliedEntry
  public var itemID: EntityID
  /// The event's offset in the batch's log.
  public var offset: Int64
}

/// Binary form of a batch of applied entries: version byte, the part of the log, then entries back to back. An
/// interaction of a user with a profile has a kind of its own, so that all others are a byte shorter.
public enum AppliedCodec {
  /// 2: the part of the log, and each entry's place in it.
  static let version: UInt8 = 2
  /// Kind of an interaction whose entry ends in the user's profile.
  private static let withProfile: UInt8 = 2

  /// Starts a batch; clears `writer` first. A batch without entries still says which part of the log it stands for.
  public static func begin(_ writer: inout ByteWriter, _ range: AppliedRange) {
    writer.removeAll()
    writer.byte(version)
    writer.word(range.log)
    writer.signedVarint(range.start)
    writer.varint(UInt64(max(0, range.end - range.start)))
  }

  /// Appends one entry. `itemID` is the text of the event's item, `place` its offset less the range's start.
  public static func append(
    _ entry: AppliedEntry, place: Int64, itemID: UnsafeRawBufferPointer, form: IDForm, to writer: inout ByteWriter
  ) {
    let hasProfile = entry.kind == .interaction && entry.profile.count > 0
    writer.byte((hasProfile ? withProfile : entry.kind.rawValue) | form.rawValue << 4)
    writer.varint(UInt64(max(0, place)))
    writer.word(entry.userHash)
    guard entry.kind == .interaction else { return }
    let event = entry.interaction
    writer.blob(itemID)
    writer.byte(event.signal.rawValue | event.typeCode << 2)
    writer.byte(event.grade.steps)
    writer.signedVarint(event.timeMs)
    writer.varint(UInt64(entry.stage))
    writer.varint(UInt64(entry.sessionPlace))
    writer.byte(UInt8(entry.neighbours.count))
    for neighbour in entry.neighbours {
      writer.word(neighbour.item.rawValue)
      writer.byte(neighbour.distance | neighbour.signal.rawValue << 5 | (neighbour.isBefore ? 0x80 : 0))
      writer.varint(UInt64(clamping: neighbour.gapMs))
    }
    if hasProfile { entry.profile.encode(into: &writer) }
  }

  /// Calls `body` for each entry of a batch, in order.
  /// - Throws: `CorruptBytes` at the first damaged entry; `body` has then seen those before it.
  public static func forEach(
    in bytes: UnsafeRawBufferPointer, _ body: (AppliedView) -> Void
  ) throws(CorruptBytes) {
    var reader = ByteReader(bytes)
    let range = try range(from: &reader)
    var view = AppliedView(entry: .reusable(), itemID: EntityID(""), offset: range.start)
    while !reader.isAtEnd {
      try decode(&view, range, from: &reader)
      body(view)
    }
  }

  /// The part of the log that a batch stands for, without its entries.
  public static func range(of bytes: UnsafeRawBufferPointer) throws(CorruptBytes) -> AppliedRange {
    var reader = ByteReader(bytes)
    return try range(from: &reader)
  }

  private static func range(from reader: inout ByteReader) throws(CorruptBytes) -> AppliedRange {
    try reader.expect(version: version, of: "applied batch")
    let log = try reader.word(UInt64.self)
    let start = try reader.signedVarint()
    let (end, isBeyond) = start.addingReportingOverflow(Int64(clamping: try reader.varint()))
    guard start >= 0, !isBeyond else {
      throw CorruptBytes(what: "applied batch from offset \(start)", offset: reader.offset)
    }
    return AppliedRange(log: log, start: start, end: end)
  }

  private static func decode(
    _ view: inout AppliedView, _ range: AppliedRange, from reader: inout ByteReader
  ) throws(CorruptBytes) {
    let head = try reader.byte()
    let hasProfile = head & 0xf == withProfile
    let kind = hasProfile ? AppliedEntry.Kind.interaction : AppliedEntry.Kind(rawValue: head & 0xf)
    guard let kind, let form = IDForm(rawValue: head >> 4) else {
      throw CorruptBytes(what: "unknown entry kind \(head)", offset: reader.offset)
    }
    view.entry.kind = kind
    view.offset = range.start &+ Int64(clamping: try reader.varint())
    view.entry.userHash = try reader.word(UInt64.self)
    view.entry.neighbours.removeAll(keepingCapacity: true)
    view.entry.profile = ProfileCodes()
    guard kind == .interaction else { return }
    let id = try reader.blob(limit: EntityID.maximumBytes)
    view.itemID = EntityID(String(decoding: id, as: UTF8.self), form: form)
    let packed = try reader.byte()
    guard let signal = Signal(rawValue: packed & 3) else {
      throw CorruptBytes(what: "unknown signal \(packed & 3)", offset: reader.offset)
    }
    let grade = Grade(steps: try reader.byte())
    view.entry.interaction = Interaction(
      item: ItemKey(utf8: id), typeCode: packed >> 2, signal: signal, grade: grade,
      timeMs: try reader.signedVarint())
    view.entry.stage = UInt32(truncatingIfNeeded: try reader.varint())
    view.entry.sessionPlace = UInt16(truncatingIfNeeded: try reader.varint())
    let count = Int(try reader.byte())
    guard count <= 2 * AppliedEntry.window else {
      throw CorruptBytes(what: "\(count) neighbours", offset: reader.offset)
    }
    for _ in 0..<count { view.entry.neighbours.append(try neighbour(from: &reader)) }
    if hasProfile { view.entry.profile = try ProfileCodes(from: &reader) }
  }

  private static func neighbour(from reader: inout ByteReader) throws(CorruptBytes) -> Neighbour {
    let item = ItemKey(rawValue: try reader.word(UInt64.self))
    let packed = try reader.byte()
    guard let signal = Signal(rawValue: packed >> 5 & 3) else {
      throw CorruptBytes(what: "unknown signal", offset: reader.offset)
    }
    let gap = Int64(clamping: try reader.varint())
    return Neighbour(
      item: item, distance: packed & 31, isBefore: packed & 0x80 != 0, signal: signal, gapMs: gap)
  }
}
