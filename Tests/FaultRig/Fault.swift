import Foundation
import Glibc
import TestSupport

/// What is done to a rig under load.
public enum Fault: String, Sendable, CaseIterable {
  case killMember, killAllMembers, killRedis, killBroker, zombie, zombieWithBatch, addMember, removeMember, stallRedis
  case resetRedis, stallKafka, resetKafka, killServer, killTrainer, diskFull, killEverything, failover

  /// Faults for `make test`: one of each family.
  public static let short: [Fault] = [
    .killMember, .killRedis, .killBroker, .zombieWithBatch, .resetRedis, .killServer, .failover,
  ]

  var title: String {
    switch self {
    case .killMember: "kill -9 of an ingest member"
    case .killAllMembers: "kill -9 of all ingest members"
    case .killRedis: "kill -9 of redis-server, restart from its AOF"
    case .killBroker: "kill -9 of the broker, restart on its folder"
    case .zombie: "SIGSTOP of a member beyond its session, SIGCONT"
    case .zombieWithBatch: "the same with a batch on its way to Redis"
    case .addMember: "a member is added"
    case .removeMember: "a member is removed (SIGTERM)"
    case .stallRedis: "network to Redis stalls"
    case .resetRedis: "network to Redis is reset"
    case .stallKafka: "network to Kafka stalls"
    case .resetKafka: "network to Kafka is reset"
    case .killServer: "kill -9 of a serve process"
    case .killTrainer: "kill -9 of the trainer"
    case .diskFull: "disk full under the artefacts"
    case .killEverything: "kill -9 of all members, Redis and the broker"
    case .failover: "Redis fails over to a replica that lags"
    }
  }

  /// Breaks something, holds it broken for a random time, and mends it.
  func strike(_ rig: FaultRig, _ random: inout SeededRandom) throws {
    let member = Int.random(in: 0..<rig.ingest.count, using: &random)
    let hold = Double.random(in: 0.1...1.5, using: &random)
    switch self {
    case .killMember:
      rig.ingest[member].kill()
      RigClock.sleep(hold)
      try rig.ingest[member].start()
    case .killAllMembers:
      for process in rig.ingest { process.kill() }
      RigClock.sleep(hold)
      for process in rig.ingest { try process.launch() }
      for process in rig.ingest { try process.waitUntilUp() }
    case .killRedis:
      rig.redis.kill()
      RigClock.sleep(hold)
      try rig.redis.start()
    case .killBroker:
      rig.kafka.kill()
      RigClock.sleep(hold)
      try rig.kafka.restart()
    case .zombie:
      rig.ingest[member].pause()
      RigClock.sleep(FaultRig.sessionSeconds + hold)
      rig.ingest[member].resume()
    case .zombieWithBatch:
      // Stalled first, so that its batch is between it and Redis when it stops, and arrives when others own the shards.
      rig.redisProxies[member].set(.stall)
      RigClock.sleep(hold / 3)
      rig.ingest[member].pause()
      RigClock.sleep(FaultRig.sessionSeconds + 1 + hold)
      rig.redisProxies[member].set(.forward)
      RigClock.sleep(hold / 3)
      rig.ingest[member].resume()
    case .addMember:
      try rig.extra.start()
      RigClock.sleep(2 + hold)
      try end(rig.extra, rig)
    case .removeMember:
      try end(rig.ingest[member], rig)
      RigClock.sleep(hold)
      try rig.ingest[member].start()
    case .stallRedis: try cut(rig.redisProxies, .stall, hold * 3, &random)
    case .resetRedis: try cut(rig.redisProxies, .reset, hold, &random)
    case .stallKafka: try cut([rig.kafkaProxy], .stall, hold * 5, &random)
    case .resetKafka: try cut([rig.kafkaProxy], .reset, hold * 2, &random)
    case .killServer:
      let server = rig.servers[member]
      server.kill()
      RigClock.sleep(hold)
      try server.start()
    case .killTrainer:
      rig.train.kill()
      RigClock.sleep(hold)
      try rig.train.start()
    case .diskFull: try rig.fillArtefacts(seconds: 6 + hold)
    case .killEverything:
      for process in rig.ingest { process.kill() }
      rig.redis.kill()
      rig.kafka.kill()
      RigClock.sleep(hold)
      try rig.redis.start()
      try rig.kafka.restart()
      for process in rig.ingest { try process.launch() }
      for process in rig.ingest { try process.waitUntilUp() }
    case .failover: try rig.failOver(lagSeconds: 0.3 + hold)
    }
  }

  /// A graceful end: within ten seconds, and well.
  private func end(_ process: RigProcess, _ rig: FaultRig) throws {
    let began = RigClock.now
    let status = process.terminate(seconds: 20)
    if status != 0 || RigClock.now - began > 10 {
      rig.ledger.problem(
        "SIGTERM of \(process.name): status \(status.map(String.init) ?? "none") after \(RigClock.now - began) s\n\(process.tail)"
      )
    }
    process.kill()
  }

  /// All of the connections, or one of them.
  private func cut(
    _ proxies: [TCPProxy], _ mode: TCPProxy.Mode, _ seconds: Double, _ random: inout SeededRandom
  ) throws {
    let chosen = Bool.random(using: &random) ? proxies : Array(proxies.shuffled(using: &random).prefix(1))
    for proxy in chosen { proxy.set(mode) }
    RigClock.sleep(seconds)
    for proxy in chosen { proxy.set(.forward) }
  }
}

extension FaultRig {
  /// Fills the artefacts' file system, lets trainers fail, and makes room again: the versions that are there stay good.
  func fillArtefacts(seconds: Double) throws {
    let filler = artefacts + "/filler"
    let descriptor = open(filler, O_WRONLY | O_CREAT, 0o600)
    guard descriptor >= 0 else { throw TestToolError("\(filler): \(String(cString: strerror(errno)))") }
    let block = [UInt8](repeating: 0x5A, count: 64 << 10)
    // Whatever is left, to the last page.
    while write(descriptor, block, block.count) > 0 {}
    while write(descriptor, block, 512) > 0 {}
    Glibc.close(descriptor)
    RigClock.sleep(seconds)
    unlink(filler)
    // One version more must be there afterwards, and be loaded by those who serve.
    let before = modelVersion
    let isNewer = Waiting.until(seconds: 60, everyMs: 100) { modelVersion > before }
    if !isNewer { ledger.problem("no model is published after the disk was full: version \(before)\n\(train.tail)") }
  }

  /// The version of the linear model, the first that a trainer has, that the first server uses; 0 before there is one.
  private var modelVersion: Int {
    let text = (try? servers[0].recommend("2").text) ?? ""
    return text.split(separator: "\"linear\":").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
  }
}
