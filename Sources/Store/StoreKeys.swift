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
  let prefix: String

  func named(_ name: String) -> [UInt8] { Array((prefix + "named:" + name).utf8) }

  func shard(_ shard: Int32) -> ShardKeys { ShardKeys(tag: "\(prefix){s\(shard)}") }
}

/// The keys of one shard, and what its users' keys begin with: made once a request, not once a user.
struct ShardKeys {
  let offset: [UInt8]
  let applied: [UInt8]
  let erased: [UInt8]
  /// Followed by the user's id.
  let user: [UInt8]
  let past: [UInt8]
  let view: [UInt8]
  /// Pattern of the users' keys for SCAN; the prefix holds none of SCAN's special characters (checked by settings).
  var userPattern: [UInt8] { user + [UInt8(ascii: "*")] }

  fileprivate init(tag: String) {
    offset = Array((tag + ":offset").utf8)
    applied = Array((tag + ":applied").utf8)
    erased = Array((tag + ":erased").utf8)
    user = Array((tag + ":user:").utf8)
    past = Array((tag + ":past:").utf8)
    view = Array((tag + ":view:").utf8)
  }

  var slot: Int { HashSlot.of(offset) }

  func userID(of key: [UInt8]) -> [UInt8] { Array(key.dropFirst(user.count)) }
}
