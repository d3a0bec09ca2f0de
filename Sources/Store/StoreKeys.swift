/// Every key that Freshet uses in Redis. What a shard owns carries its hash tag, so that it lies on one node of a cluster.
///
/// | key | type | content |
/// |---|---|---|
/// | `{s17}:user:ID` | string | hot part of a user's record |
/// | `{s17}:past:ID` | string | sealed blocks of older history, appended |
/// | `{s17}:view:ID` | string | the user's embedding with its model version |
/// | `{s17}:offset` | string | position of the shard: version, sequence, next offset, log |
/// | `{s17}:applied` | stream | applied entries, one blob a batch, numbered by the position's sequence |
/// | `{s17}:erased` | hash | mark of an erased user -> offset of the erasure |
/// | `named:NAME` | string | item features and other small values |
///
/// All of them stand behind a prefix, so that several installations can share a server.
struct StoreKeys {
  let prefix: [UInt8]

  init(prefix: String) { self.prefix = Array(prefix.utf8) }

  func user(_ shard: Int32, _ id: [UInt8]) -> [UInt8] { tag(shard) + Array(":user:".utf8) + id }
  func past(_ shard: Int32, _ id: [UInt8]) -> [UInt8] { tag(shard) + Array(":past:".utf8) + id }
  func view(_ shard: Int32, _ id: [UInt8]) -> [UInt8] { tag(shard) + Array(":view:".utf8) + id }
  func offset(_ shard: Int32) -> [UInt8] { tag(shard) + Array(":offset".utf8) }
  func applied(_ shard: Int32) -> [UInt8] { tag(shard) + Array(":applied".utf8) }
  func erased(_ shard: Int32) -> [UInt8] { tag(shard) + Array(":erased".utf8) }
  func named(_ name: String) -> [UInt8] { prefix + Array("named:".utf8) + Array(name.utf8) }

  private func tag(_ shard: Int32) -> [UInt8] { prefix + Array("{s\(shard)}".utf8) }

  /// Pattern of a shard's user keys for SCAN; the prefix holds none of SCAN's special characters (checked by settings).
  func userPattern(_ shard: Int32) -> [UInt8] { user(shard, Array("*".utf8)) }
  func userID(_ shard: Int32, of key: [UInt8]) -> [UInt8] { Array(key.dropFirst(user(shard, []).count)) }
}
