import Foundation
import TestSupport

extension FaultRig {
  /// A replica is synchronised as soon as it asks.
  static let redisArguments = ["--repl-diskless-sync-delay", "0"]

  /// Gives the master a replica, cuts replication, lets the master take batches alone for so long, kills it, and makes
  /// the replica the master: what was stored since the cut is gone.
  func failOver(lagSeconds: Double) throws {
    failovers += 1
    let link = try TCPProxy(target: redis.port)
    defer { link.close() }
    let replica = try RedisServer(in: folder, name: "redis-\(failovers)", extra: Self.redisArguments)
    try replica.start()
    let client = try replica.client()
    // Not an argument: whoever starts the new master again must not make it a replica.
    guard try client.command("REPLICAOF", "127.0.0.1", "\(link.port)") == .text("OK") else {
      throw TestToolError("the new server does not become a replica")
    }
    let isSynchronised = Waiting.until(seconds: 60, everyMs: 20) {
      (try? client.command("INFO", "replication").text?.contains("master_link_status:up")) == true
    }
    guard isSynchronised else { throw TestToolError("the replica does not synchronise: look at \(replica.path)") }
    link.set(.stall)
    let before = positions()
    RigClock.sleep(lagSeconds)
    let hasMoved = Waiting.until(seconds: 30, everyMs: 20) { before != nil && positions().map { $0 != before } == true }
    guard hasMoved else { throw TestToolError("the master takes no batches") }
    redis.kill()
    link.close()
    guard try client.command("REPLICAOF", "NO", "ONE") == .text("OK") else {
      throw TestToolError("the replica does not become the master")
    }
    redis = replica
    for door in redisProxies + [redisDoor] {
      door.retarget(replica.port)
      door.resetConnections()
    }
  }
}
