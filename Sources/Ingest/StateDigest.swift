import State
import Store

/// What a store holds of users, in one number: equal for equal facts, wherever they are kept, in whatever batches and
/// by however many members they were stored, and however the users are spread over shards.
///
/// The sum (wrapping) of `UserRecord.digest(userID:)` over all users. Positions, views, erasure marks and applied
/// entries are no part of it.
public struct StateDigest: Sendable, Equatable {
  public struct Shard: Sendable, Equatable {
    public let shard: Int32
    public let digest: UInt64
    public let users: Int
    /// Where the shard stood while it was read; nil where it was never stored.
    public let position: ShardPosition?
  }

  public let shards: [Shard]

  public var digest: UInt64 { shards.reduce(0) { $0 &+ $1.digest } }
  public var users: Int { shards.reduce(0) { $0 + $1.users } }

  /// A shard that takes a batch while it is read is read again, so often: one that goes on is being written.
  private static let attempts = 3

  /// Reads every record of the shards. Complexity: O(records), and in Redis O(keys of the server) a shard.
  /// - Throws: `StoreError`, also (`.unavailable`) for a shard that is being written; `IngestError.corruptRecord`.
  public init(of store: any RecordStore, shards: some Sequence<Int32>) throws {
    self.shards = try shards.map { try Self.read($0, of: store) }
  }

  private static func read(_ shard: Int32, of store: any RecordStore) throws -> Shard {
    for _ in 0..<attempts {
      let position = try store.position(of: shard)
      var digest: UInt64 = 0
      var users = 0
      var damage: IngestError?
      try store.forEachUser(shard: shard) { id, user in
        do {
          digest &+= try Self.digest(of: user, id: id)
          users += 1
        } catch {
          let name = String(decoding: id, as: UTF8.self)
          damage = IngestError(.corruptRecord, "the record of user \"\(name)\" in shard \(shard): \(error)")
        }
      }
      guard try store.position(of: shard) == position else { continue }
      if let damage { throw damage }
      return Shard(shard: shard, digest: digest, users: users, position: position)
    }
    throw StoreError(
      .unavailable, "shard \(shard) is being written while its digest is taken; stop ingestion, or ask again")
  }

  private static func digest(of user: StoredUser, id: [UInt8]) throws -> UInt64 {
    let record = try user.hot.withUnsafeBytes { hot in
      try user.past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
    }
    return id.withUnsafeBytes { record.digest(userID: $0) }
  }
}

extension StateDigest: CustomStringConvertible {
  /// 16 hexadecimal digits.
  public var description: String { Self.hex(digest) }

  /// One line a shard: number, digest, users, position.
  public var perShard: String {
    shards.map { shard in
      let position = shard.position.map { "\($0.nextOffset) of \($0.log), batch \($0.sequence)" } ?? "empty"
      return "\(shard.shard) \(Self.hex(shard.digest)) \(shard.users) users, \(position)"
    }.joined(separator: "\n")
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
