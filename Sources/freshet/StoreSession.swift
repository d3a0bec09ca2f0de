import Identity
import Ingest
import Lifecycle
import Settings
import Store

/// A command's look at the store: the Redis that settings name, or the private one of the state folder. That one is used
/// as it runs where a `freshet run` has it, and is started for the command otherwise.
struct StoreSession {
  private static let grace = Duration.seconds(5)

  let store: any RecordStore
  let shards: Range<Int32>
  private let runtime: StoreRuntime

  static func with<R>(_ settings: FreshetSettings, _ body: (StoreSession) throws -> R) throws -> R {
    let runtime = try StoreRuntime(settings)
    try runtime.privateServer?.start()
    defer { runtime.privateServer?.stop(by: Deadline(after: grace)) }
    return try body(
      StoreSession(
        store: runtime.factory(), shards: 0..<Int32(settings.kafka.partitions), runtime: runtime))
  }

  /// For messages, without secrets.
  var address: String { runtime.configuration.description }

  /// - Throws: where a shard has ever been stored.
  func requireEmpty() throws {
    for shard in shards {
      guard let position = try store.position(of: shard) else { continue }
      throw CommandError(
        "\(address) is not empty: its shard \(shard) stands at offset \(position.nextOffset) of \(position.log). What is "
          + "built anew begins with nothing: name an empty server in REDIS_URL, or another --state")
    }
  }
}

/// The salt under which erased users are remembered.
enum ErasureSalt {
  /// One an installation, made by whoever comes first.
  static func of(_ store: any RecordStore) throws(StoreError) -> UInt64 {
    let fresh = withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { Array($0) }
    let present = try store.putIfAbsent("erasure-salt", fresh)
    return present.withUnsafeBytes { $0.count >= 8 ? $0.loadUnaligned(as: UInt64.self) : Hash64.of($0) }
  }
}
