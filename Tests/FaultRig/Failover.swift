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
    try replica.replicate(port: link.port)
    link.set(.stall)
    let before = positions()
    RigClock.sleep(lagSeconds)
    let hasMoved = Waiting.until(seconds: 30, everyMs: 20) { before != nil && positions().map { $0 != before } == true }
    guard hasMoved else { throw TestToolError("the master takes no batches") }
    redis.kill()
    link.close()
    guard try replica.client().command("REPLICAOF", "NO", "ONE") == .text("OK") else {
      throw TestToolError("the replica does not become the master")
    }
    redis = replica
    for door in redisProxies + [redisDoor] {
      door.retarget(replica.port)
      door.resetConnections()
    }
  }
}
