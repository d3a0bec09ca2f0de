import Artefacts
import Identity
import JSON
import State

/// The item state with the positions in the `applied` streams up to which it has learned.
public struct ItemSnapshot: Sendable {
  public static let kind = "items"
  static let fileName = "items.bin"
  static let version: UInt8 = 1
  /// No installation has more shards.
  static let maximumShards = 1_024

  /// Number of the last batch learned, of each shard.
  public var sequences: [Int32: UInt64]
  public var bytes: [UInt8]

  public init(sequences: [Int32: UInt64], bytes: [UInt8]) {
    self.sequences = sequences
    self.bytes = bytes
  }

  func encoded() -> [UInt8] {
    var writer = ByteWriter(reserving: bytes.count + 16 * sequences.count + 16)
    writer.byte(Self.version)
    writer.varint(UInt64(sequences.count))
    for (shard, sequence) in sequences.sorted(by: { $0.key < $1.key }) {
      writer.varint(UInt64(UInt32(bitPattern: shard)))
      writer.varint(sequence)
    }
    writer.raw(bytes)
    return writer.bytes
  }

  /// Splits the file into positions and the state's own bytes.
  static func decode(
    _ file: UnsafeRawBufferPointer
  ) throws(CorruptBytes) -> (sequences: [Int32: UInt64], state: UnsafeRawBufferPointer) {
    var reader = ByteReader(file)
    try reader.expect(version: version, of: "item snapshot")
    var sequences: [Int32: UInt64] = [:]
    for _ in 0..<(try reader.count(limit: maximumShards, of: "shards")) {
      let shard = Int32(try reader.count(limit: Int(Int32.max), of: "shards"))
      sequences[shard] = try reader.varint()
    }
    return (sequences, UnsafeRawBufferPointer(rebasing: file[reader.offset...]))
  }
}

extension ItemSnapshot {
  private static let sequencesKey = "sequences"

  /// Up to which batch of each shard a version has learned, without reading it; empty where it does not say.
  static func sequences(of version: ArtefactVersion) -> [Int32: UInt64] {
    var sequences: [Int32: UInt64] = [:]
    for (name, value) in version.metadata[sequencesKey]?.objectValue ?? [:] {
      guard let shard = Int32(name), let sequence = value.integerValue else { continue }
      sequences[shard] = UInt64(clamping: sequence)
    }
    return sequences
  }

  /// Writes the state as a version that every follower begins with. The state's one writer calls it.
  /// - Parameter sequences: number of the last batch that the state has learned, of each shard.
  public static func publish(
    _ state: ItemState, sequences: [Int32: UInt64], to artefacts: ArtefactStore, createdMs: Int64
  ) throws(ArtefactError) {
    let bytes = ItemSnapshot(sequences: sequences, bytes: state.snapshot()).encoded()
    let metadata = JSONValue.object([
      "items": .integer(Int64(state.count)), "events": .integer(Int64(clamping: state.globals.events)),
      sequencesKey: .object(
        Dictionary(uniqueKeysWithValues: sequences.map { (String($0.key), .integer(Int64(clamping: $0.value))) })),
    ])
    _ = try artefacts.publish(
      kind: kind, files: [(name: fileName, bytes: bytes)], metadata: metadata, createdMs: createdMs)
  }
}
