import Artefacts
import Identity
import JSON
import State

/// The item state with the positions in the `applied` streams up to which it has learned.
public struct ItemSnapshot: Sendable {
  public static let kind = "items"
  static let fileName = "items.bin"
  /// 2: positions in the log beside the numbers of batches.
  static let version: UInt8 = 2
  /// No installation has more shards.
  static let maximumShards = 1_024

  /// How far each shard has been learned.
  public var positions: [Int32: AppliedPosition]
  public var bytes: [UInt8]

  public init(positions: [Int32: AppliedPosition], bytes: [UInt8]) {
    self.positions = positions
    self.bytes = bytes
  }

  func encoded() -> [UInt8] {
    var writer = ByteWriter(reserving: bytes.count + 32 * positions.count + 16)
    writer.byte(Self.version)
    writer.varint(UInt64(positions.count))
    for (shard, position) in positions.sorted(by: { $0.key < $1.key }) {
      writer.varint(UInt64(UInt32(bitPattern: shard)))
      writer.varint(position.sequence)
      writer.word(position.log)
      writer.signedVarint(position.offset)
    }
    writer.raw(bytes)
    return writer.bytes
  }

  /// Splits the file into positions and the state's own bytes.
  static func decode(
    _ file: UnsafeRawBufferPointer
  ) throws(CorruptBytes) -> (positions: [Int32: AppliedPosition], state: UnsafeRawBufferPointer) {
    var reader = ByteReader(file)
    try reader.expect(version: version, of: "item snapshot")
    var positions: [Int32: AppliedPosition] = [:]
    for _ in 0..<(try reader.count(limit: maximumShards, of: "shards")) {
      let shard = Int32(try reader.count(limit: Int(Int32.max), of: "shards"))
      positions[shard] = AppliedPosition(
        sequence: try reader.varint(), log: try reader.word(UInt64.self), offset: try reader.signedVarint())
    }
    return (positions, UnsafeRawBufferPointer(rebasing: file[reader.offset...]))
  }
}

extension ItemSnapshot {
  /// Writes the state as a version that every follower begins with. The state's one writer calls it.
  /// - Parameter positions: how far the state has learned each shard.
  public static func publish(
    _ state: ItemState, positions: [Int32: AppliedPosition], to artefacts: ArtefactStore, createdMs: Int64
  ) throws(ArtefactError) {
    let bytes = ItemSnapshot(positions: positions, bytes: state.snapshot()).encoded()
    var batches: [String: JSONValue] = [:]
    for (shard, position) in positions { batches["\(shard)"] = .integer(Int64(clamping: position.sequence)) }
    let metadata = JSONValue.object([
      "items": .integer(Int64(state.count)), "events": .integer(Int64(clamping: state.globals.events)),
      batchesField: .object(batches),
    ])
    _ = try artefacts.publish(
      kind: kind, files: [(name: fileName, bytes: bytes)], metadata: metadata, createdMs: createdMs)
  }

  /// Where a version says up to which batch of each shard it goes, so that nobody need read the whole of it.
  private static let batchesField = "batches"

  static func batches(of version: ArtefactVersion) -> [Int32: UInt64] {
    var batches: [Int32: UInt64] = [:]
    for (shard, number) in version.metadata[batchesField]?.objectValue ?? [:] {
      if let shard = Int32(shard), let number = number.integerValue { batches[shard] = UInt64(clamping: number) }
    }
    return batches
  }
}
