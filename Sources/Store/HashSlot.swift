/// Redis Cluster's slot of a key: CRC16 (XMODEM: polynomial 0x1021, from zero) modulo 16,384, over the key's hash tag
/// where it has one. Source: the Redis Cluster specification, "Hash tags".
enum HashSlot {
  static let count = 16_384

  /// Complexity: O(key). No table: a slot is computed once a request, over some ten bytes.
  static func of(_ key: [UInt8]) -> Int {
    var crc: UInt16 = 0
    for byte in tagged(key) {
      crc ^= UInt16(byte) << 8
      for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
    }
    return Int(crc) % count
  }

  /// What lies between the first `{` and the first `}` behind it; the whole key where there is no such thing.
  private static func tagged(_ key: [UInt8]) -> ArraySlice<UInt8> {
    guard let open = key.firstIndex(of: UInt8(ascii: "{")) else { return key[...] }
    let rest = key[(open + 1)...]
    guard let close = rest.firstIndex(of: UInt8(ascii: "}")), close > rest.startIndex else { return key[...] }
    return rest[..<close]
  }
}
