import CHash

/// The form in which an id arrived and in which it is given back.
public enum IDForm: UInt8, Sendable {
  case string = 0
  case integer = 1
}

/// An opaque id of a user or an item.
///
/// Identity is the id's text: the JSON string `"42"` and the JSON integer `42` name the same entity, because
/// producers and applications rarely agree on one form. The form is kept only to give the id back as it came.
public struct EntityID: Sendable, CustomStringConvertible {
  /// Longest accepted id, in UTF-8 bytes: a longer one is more likely a payload in the wrong field.
  public static let maximumBytes = 256

  public let text: String
  public let form: IDForm

  public init(_ text: String, form: IDForm = .string) {
    self.text = text
    self.form = form
  }

  public init(_ value: Int64) {
    self.init(String(value), form: .integer)
  }

  public var description: String { text }

  /// XXH3-64 of the text.
  public var hash64: UInt64 {
    var copy = text
    return copy.withUTF8 { Hash64.of(UnsafeRawBufferPointer($0)) }
  }
}

extension EntityID: Hashable {
  public static func == (a: EntityID, b: EntityID) -> Bool { a.text == b.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// The 64-bit name of an item: XXH3-64 of its id's text. Fixed in size, equal in every process, and free of strings on
/// the hot path. Among 10^7 items a collision has a chance of 3 in 10^6; the catalogue detects and reports one.
public struct ItemKey: Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  public init(_ id: EntityID) { rawValue = id.hash64 }
  public init(utf8 bytes: UnsafeRawBufferPointer) { rawValue = Hash64.of(bytes) }
}

/// XXH3-64, as used for keys, checksums and digests.
public enum Hash64 {
  @inlinable public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    hash64(bytes.baseAddress, bytes.count)
  }

  public static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0) } }
  public static func of(_ text: String) -> UInt64 {
    var copy = text
    return copy.withUTF8 { of(UnsafeRawBufferPointer($0)) }
  }

  public static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    chash_xxh3_seeded(bytes.baseAddress, bytes.count, seed)
  }

  /// A good 64-bit mix of one word (splitmix64's finaliser): for seeded pseudo-random choices by key.
  @inlinable public static func mix(_ value: UInt64) -> UInt64 {
    var x = value &+ 0x9E37_79B9_7F4A_7C15
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}

// Not inlinable through CHash: a C target is imported by one module only, so the call stops here.
@usableFromInline func hash64(_ base: UnsafeRawPointer?, _ count: Int) -> UInt64 { chash_xxh3(base, count) }

/// Which partition of `interactions` owns a user: murmur2 over the id's text, as Kafka's Java client computes it, so
/// that producers with the default Java partitioner or librdkafka's `murmur2_random` agree with us.
public enum Partitioner {
  /// - Precondition: `partitions` > 0.
  public static func partition(of utf8: UnsafeRawBufferPointer, partitions: Int32) -> Int32 {
    precondition(partitions > 0, "partitions must be positive, got \(partitions)")
    return Int32(bitPattern: chash_murmur2(utf8.baseAddress, utf8.count) & 0x7fff_ffff) % partitions
  }

  public static func partition(of id: EntityID, partitions: Int32) -> Int32 {
    var copy = id.text
    return copy.withUTF8 { partition(of: UnsafeRawBufferPointer($0), partitions: partitions) }
  }
}
