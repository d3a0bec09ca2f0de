import Identity
import State

/// The linear model as an artefact. Item indices are a process's own, so items stand there by their keys.
extension LinearModel {
  private static let bytesVersion: UInt8 = 1

  /// - Parameter catalogue: of the state in which the model was fitted.
  /// - Returns: nil where the catalogue does not hold the model's items.
  public func bytes(_ catalogue: Catalogue) -> [UInt8]? {
    var writer = ByteWriter(reserving: 64 + items.count * (12 + 8 * items.count))
    writer.byte(Self.bytesVersion)
    writer.varint(UInt64(items.count))
    writer.varint(UInt64(events))
    for item in items {
      guard let known = catalogue.item(at: item) else { return nil }
      writer.word(ItemKey(known.id).rawValue)
    }
    for values in [meanGrades, positive, all] { values.withUnsafeBytes { writer.raw($0) } }
    return writer.bytes
  }

  /// Reads a model back; items that `index` does not know are left out.
  /// - Parameter index: the item's index in this process.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, index: (ItemKey) -> ItemIndex?
  ) throws(CorruptBytes) -> LinearModel {
    var reader = ByteReader(bytes)
    try reader.expect(version: bytesVersion, of: "linear model")
    let count = try reader.count(limit: maximumItems, of: "items")
    let events = Int(try reader.count(limit: Int(Int32.max), of: "events"))
    var known: [(place: Int, item: ItemIndex)] = []
    for place in 0..<count {
      if let item = index(ItemKey(rawValue: try reader.word(UInt64.self))) { known.append((place, item)) }
    }
    known.sort { $0.item < $1.item }
    let floats = count + 2 * count * count
    guard reader.remaining == floats * MemoryLayout<Float>.size else {
      throw CorruptBytes(what: "\(reader.remaining) bytes of weights for \(count) items", offset: reader.offset)
    }
    let weights = UnsafeRawBufferPointer(rebasing: bytes[reader.offset...])
    let picked = known.map(\.place)
    return LinearModel(
      places: places(of: known.map(\.item)), items: known.map(\.item),
      positive: square(weights, from: count, order: count, picked),
      all: square(weights, from: count + count * count, order: count, picked),
      meanGrades: picked.map { float(weights, $0) }, events: events)
  }

  private static func float(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Float {
    bytes.loadUnaligned(fromByteOffset: 4 * place, as: Float.self)
  }

  private static func places(of items: [ItemIndex]) -> [Int32] {
    var places = [Int32](repeating: -1, count: Int(items.last ?? -1) + 1)
    for (place, item) in items.enumerated() { places[Int(item)] = Int32(place) }
    return places
  }

  /// The rows and columns `picked` of a stored square matrix.
  private static func square(
    _ bytes: UnsafeRawBufferPointer, from start: Int, order: Int, _ picked: [Int]
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: picked.count * picked.count) { weights, initialized in
      for (row, source) in picked.enumerated() {
        for (column, from) in picked.enumerated() {
          weights[row * picked.count + column] = float(bytes, start + source * order + from)
        }
      }
      initialized = picked.count * picked.count
    }
  }
}
