/// The header fields of one request, in one block of memory: two allocations whatever their number.
public struct HTTPHeaders: Sendable {
  struct Field {
    let start: Int
    let nameLength: Int
    let valueLength: Int
  }

  private(set) var fields: [Field] = []
  private var bytes: [UInt8] = []

  init() {}

  init(_ pairs: [(String, String)]) {
    for (name, value) in pairs { append(name: Array(name.utf8), value: Array(value.utf8)) }
  }

  public var count: Int { fields.count }

  mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
    fields.append(Field(start: bytes.count, nameLength: name.count, valueLength: value.count))
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
  }

  mutating func reserve(bytes count: Int) {
    bytes.reserveCapacity(count)
    fields.reserveCapacity(16)
  }

  /// The first field of that name, whatever its case; bytes that are not UTF-8 are repaired.
  /// - Complexity: O(fields).
  public subscript(_ name: String) -> String? {
    for field in fields where isNamed(field, name) { return String(decoding: value(of: field), as: UTF8.self) }
    return nil
  }

  func name(of field: Field) -> ArraySlice<UInt8> { bytes[field.start..<field.start + field.nameLength] }

  /// As the library sees it: with the white space behind it.
  func rawValue(of field: Field) -> ArraySlice<UInt8> {
    let start = field.start + field.nameLength
    return bytes[start..<start + field.valueLength]
  }

  /// Without the white space around it.
  func value(of field: Field) -> ArraySlice<UInt8> {
    var slice = rawValue(of: field)
    while let last = slice.last, isBlank(last) { slice.removeLast() }
    while let first = slice.first, isBlank(first) { slice.removeFirst() }
    return slice
  }

  func isNamed(_ field: Field, _ name: String) -> Bool {
    let wanted = name.utf8
    guard wanted.count == field.nameLength else { return false }
    return zip(self.name(of: field), wanted).allSatisfy { lowercased($0) == lowercased($1) }
  }
}

@inline(__always) func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

/// ASCII only, as field names are.
@inline(__always) func lowercased(_ byte: UInt8) -> UInt8 {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
