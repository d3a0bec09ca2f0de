import Glibc
import Identity

/// The item state as bytes, to be kept with the positions of the `applied` streams that it stands for.
extension ItemState {
  static let snapshotVersion: UInt8 = 2
  /// Longest text accepted back: the decoder's bound on a payload.
  private static let textLimit = 65_536

  /// Writes everything learned. Only the one writer may call it.
  /// - Complexity: O(items * list length).
  public func snapshot() -> [UInt8] {
    var writer = ByteWriter(reserving: 1 << 16)
    writer.byte(Self.snapshotVersion)
    let globals = globalsStorage.pointee
    writer.varint(globals.events)
    writer.varint(globals.positives)
    writer.varint(globals.gradeSteps)
    writer.signedVarint(globals.latestMs)
    for stage in 0..<Popularity.stageCount {
      writer.word(globals.stageClock[stage])
      writer.float(globals.stagePositives[stage])
    }
    for session in 0..<Popularity.sessionCount { writer.word(globals.sessionClock[session]) }
    writer.varint(UInt64(working.count))
    for index in 0..<working.count { encode(working.items[index], into: &writer) }
    for index in 0..<working.count { encode(row(at: ItemIndex(index)).pointee, into: &writer) }
    for slot in 0..<PopularityTable.total { tops[slot].encode(into: &writer) }
    writer.word(writer.bytes.withUnsafeBytes { Hash64.of($0) })
    return writer.bytes
  }

  /// A state that continues where `snapshot` stood.
  public static func restored(from bytes: UnsafeRawBufferPointer) throws(CorruptBytes) -> ItemState {
    let state = ItemState()
    try state.restore(from: bytes)
    return state
  }

  /// Takes over what a snapshot holds, in place: readers go on, and every item keeps its index. What was learned since
  /// the snapshot is forgotten. Only the one writer may call it.
  /// - Throws: before anything is changed, where the bytes are not a whole snapshot of this version.
  public func restore(from bytes: UnsafeRawBufferPointer) throws(CorruptBytes) {
    var reader = ByteReader(try Self.checkedBody(bytes))
    try reader.expect(version: Self.snapshotVersion, of: "item state snapshot")
    let globals = try Self.decodeGlobals(from: &reader)
    let count = try reader.count(limit: Self.maximumItems, of: "items")
    for index in 0..<keys.count { clearRow(at: ItemIndex(index)) }
    SequenceLock.write(globalsSequence) { globalsStorage.pointee = globals }
    // Lists name items by their place in the snapshot, which may be met later: names first, rows after them.
    var items: [ItemIndex] = []
    items.reserveCapacity(count)
    for _ in 0..<count { items.append(try decodeItem(from: &reader)) }
    for index in items { try decodeRow(at: index, from: &reader, items: items) }
    for slot in 0..<PopularityTable.total {
      var top = TopList()
      defer { top.deallocate() }
      try top.decode(from: &reader, items: items)
      SequenceLock.write(topsSequence) { tops[slot].replace(with: top) }
    }
    refillCold(items)
    publishCatalogue()
  }

  /// The list of cold items is not stored: it follows from descriptions and counts, in the order in which the items of the
  /// snapshot were met.
  private func refillCold(_ items: [ItemIndex]) {
    SequenceLock.write(coldSequence) {
      cold.pointee.removeAll()
      for index in items where row(at: index).pointee.count < ColdList.warmEvents {
        if working.item(at: index)?.isDescribed ?? false { cold.pointee.admit(index) }
      }
    }
  }

  private func clearRow(at index: ItemIndex) {
    let row = self.row(at: index)
    SequenceLock.write(sequence(at: index)) {
      lists.release(row.pointee.list)
      row.pointee = ItemRow()
    }
  }

  private static func checkedBody(_ bytes: UnsafeRawBufferPointer) throws(CorruptBytes) -> UnsafeRawBufferPointer {
    guard bytes.count > 8 else { throw CorruptBytes(what: "item state snapshot of \(bytes.count) bytes", offset: 0) }
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 8)])
    let stored = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    guard Hash64.of(body) == stored else {
      throw CorruptBytes(what: "item state snapshot fails its checksum", offset: body.count)
    }
    return body
  }

  private static func decodeGlobals(from reader: inout ByteReader) throws(CorruptBytes) -> ItemGlobals {
    var globals = ItemGlobals()
    globals.events = try reader.varint()
    globals.positives = try reader.varint()
    globals.gradeSteps = try reader.varint()
    globals.latestMs = try reader.signedVarint()
    for stage in 0..<Popularity.stageCount {
      globals.stageClock[stage] = try reader.word(UInt32.self)
      globals.stagePositives[stage] = try reader.float()
    }
    for session in 0..<Popularity.sessionCount { globals.sessionClock[session] = try reader.word(UInt32.self) }
    return globals
  }

  private func encode(_ item: CatalogueItem, into writer: inout ByteWriter) {
    writer.byte(item.id.form.rawValue | (item.isDescribed ? 0x10 : 0) | (item.isRemoved ? 0x20 : 0))
    writer.text(item.id.text)
    guard item.isDescribed || item.isRemoved else { return }
    let metadata = item.metadata
    let present: UInt8 =
      (metadata.title == nil ? 0 : 1) | (metadata.year == nil ? 0 : 2) | (metadata.price == nil ? 0 : 4)
    writer.byte(present | (metadata.isAvailable ? 8 : 0))
    if let title = metadata.title { writer.text(title) }
    if let year = metadata.year { writer.signedVarint(Int64(year)) }
    if let price = metadata.price { writer.double(price) }
    for list in [metadata.genres, metadata.tags] {
      writer.varint(UInt64(list.count))
      for text in list { writer.text(text) }
    }
  }

  private func decodeItem(from reader: inout ByteReader) throws(CorruptBytes) -> ItemIndex {
    let head = try reader.byte()
    guard let form = IDForm(rawValue: head & 0xf) else {
      throw CorruptBytes(what: "unknown id form \(head & 0xf)", offset: reader.offset)
    }
    let id = EntityID(try reader.text(limit: EntityID.maximumBytes), form: form)
    var index: ItemIndex?
    if head & 0x30 == 0 {
      index = name(id)
    } else {
      let metadata = try decodeMetadata(from: &reader)
      index = describe(id, metadata)
      if head & 0x20 != 0 { remove(ItemKey(id)) }
    }
    guard let index else { throw CorruptBytes(what: "more than \(Self.maximumItems) items", offset: reader.offset) }
    return index
  }

  private func decodeMetadata(from reader: inout ByteReader) throws(CorruptBytes) -> ItemMetadata {
    var metadata = ItemMetadata()
    let head = try reader.byte()
    if head & 1 != 0 { metadata.title = try reader.text(limit: Self.textLimit) }
    if head & 2 != 0 { metadata.year = Int(truncatingIfNeeded: try reader.signedVarint()) }
    if head & 4 != 0 { metadata.price = try reader.double() }
    metadata.isAvailable = head & 8 != 0
    for _ in 0..<(try reader.count(limit: Self.textLimit, of: "genres")) {
      metadata.genres.append(try reader.text(limit: Self.textLimit))
    }
    for _ in 0..<(try reader.count(limit: Self.textLimit, of: "tags")) {
      metadata.tags.append(try reader.text(limit: Self.textLimit))
    }
    return metadata
  }

  private func encode(_ row: ItemRow, into writer: inout ByteWriter) {
    writer.varint(UInt64(row.count))
    guard row.count > 0 else { return }
    writer.varint(UInt64(row.positiveCount))
    writer.varint(row.gradeSteps)
    writer.varint(row.gradeSquareSteps)
    writer.signedVarint(row.firstMs)
    writer.signedVarint(row.lastMs)
    writer.varint(row.lastEvent)
    writer.varint(row.logPlaceSteps)
    for slot in 0..<5 { writer.float(row.positiveByEvents[slot]) }
    writer.float(row.allByEvents)
    for slot in 0..<3 { writer.float(row.positiveByDays[slot]) }
    writer.signedVarint(row.decayMs)
    for stage in 0..<Popularity.stageCount { encode(row.stages[stage], into: &writer) }
    for session in 0..<Popularity.sessionCount { encode(row.sessions[session], into: &writer) }
    writer.word(row.list.origin)
    let count = row.list.block == 0 ? 0 : Int(row.list.count)
    writer.varint(UInt64(count))
    for place in 0..<count { writer.varint(UInt64(NeighbourLists.keys(row.list.block)[place])) }
    for column in 0..<NeighbourLists.columns {
      for place in 0..<count { writer.float(NeighbourLists.column(row.list.block, column)[place]) }
    }
  }

  private func encode(_ count: DecayedCount, into writer: inout ByteWriter) {
    writer.float(count.value)
    if count.value != 0 { writer.word(count.clock) }
  }

  private func decodeRow(
    at index: ItemIndex, from reader: inout ByteReader, items: [ItemIndex]
  ) throws(CorruptBytes) {
    var row = ItemRow()
    row.count = UInt32(truncatingIfNeeded: try reader.varint())
    guard row.count > 0 else { return }
    row.positiveCount = UInt32(truncatingIfNeeded: try reader.varint())
    row.gradeSteps = try reader.varint()
    row.gradeSquareSteps = try reader.varint()
    row.firstMs = try reader.signedVarint()
    row.lastMs = try reader.signedVarint()
    row.lastEvent = try reader.varint()
    row.logPlaceSteps = try reader.varint()
    for slot in 0..<5 { row.positiveByEvents[slot] = try reader.float() }
    row.allByEvents = try reader.float()
    for slot in 0..<3 { row.positiveByDays[slot] = try reader.float() }
    row.decayMs = try reader.signedVarint()
    for stage in 0..<Popularity.stageCount { row.stages[stage] = try decayedCount(from: &reader) }
    for session in 0..<Popularity.sessionCount { row.sessions[session] = try decayedCount(from: &reader) }
    row.list = try decodeList(from: &reader, items: items)
    let target = self.row(at: index)
    SequenceLock.write(sequence(at: index)) { target.pointee = row }
  }

  private func decayedCount(from reader: inout ByteReader) throws(CorruptBytes) -> DecayedCount {
    var count = DecayedCount()
    count.value = try reader.float()
    if count.value != 0 { count.clock = try reader.word(UInt32.self) }
    return count
  }

  private func decodeList(
    from reader: inout ByteReader, items: [ItemIndex]
  ) throws(CorruptBytes) -> NeighbourListReference {
    let origin = try reader.word(UInt32.self)
    let count = try reader.count(limit: NeighbourLists.maximum, of: "neighbours")
    var keys: [ItemIndex] = []
    for _ in 0..<count { keys.append(items[try reader.count(limit: max(0, items.count - 1), of: "items")]) }
    var columns: [[Float]] = []
    for _ in 0..<NeighbourLists.columns {
      var column: [Float] = []
      for _ in 0..<count { column.append(try reader.float()) }
      columns.append(column)
    }
    return lists.restore(keys: keys, columns: columns, origin: origin)
  }
}
