import Lifecycle
import Settings
import Store
import Telemetry

/// Where records live: the Redis that settings name, or a private server in the state folder.
final class StoreRuntime: Sendable {
  let configuration: RedisConfiguration
  /// Nil where `REDIS_URL` names a server.
  let privateServer: PrivateRedisService?

  init(_ settings: FreshetSettings) throws {
    var configuration: RedisConfiguration
    if let url = settings.redis.url {
      configuration = try RedisConfiguration(url: url)
      privateServer = nil
    } else {
      let sync: PrivateRedis.Sync = settings.redis.appendFsync == .always ? .always : .everysec
      let server = try PrivateRedis(stateFolder: settings.stateDirectory, sync: sync)
      configuration = server.configuration
      privateServer = PrivateRedisService(server)
    }
    configuration.connectTimeoutMs = Int(settings.redis.connectTimeout.wholeMilliseconds)
    configuration.commandTimeoutMs = Int(settings.redis.commandTimeout.wholeMilliseconds)
    configuration.waitReplicas = settings.redis.waitReplicas
    self.configuration = configuration
  }

  /// Makes a store for the calling thread.
  var factory: StoreFactory {
    let configuration = configuration
    return { () throws(StoreError) in RedisStore(configuration) }
  }
}

/// The private redis-server as a service: started first, stopped last, started again when it dies.
///
/// Sendable: the server object is touched by the group's thread in `start`, then by the service's own thread only; `run`
/// has returned, or was never called, when `stop` frees it: `stop` waits for it.
final class PrivateRedisService: Service, @unchecked Sendable {
  private static let checkInterval = Duration.milliseconds(300)

  let name = "redis"
  private let server: PrivateRedis
  private let log = Logger("redis")
  private let request = StopRequest()
  private let isIdle = Condition(true)

  init(_ server: PrivateRedis) { self.server = server }

  var socketPath: String { server.socketPath }

  func start() throws {
    try server.start()
    log.info("private redis-server is ready", ["socket": "\(server.socketPath)"])
  }

  func run() throws {
    isIdle.update { $0 = false }
    defer { isIdle.update { $0 = true } }
    while !request.wait(atMost: Self.checkInterval) {
      do {
        if try server.restartIfDead() { log.warning("redis-server had died and was started again") }
      } catch {
        log.error("redis-server cannot be started", ["reason": "\(error)"])
      }
    }
  }

  func stop(by deadline: Deadline) {
    request.make()
    _ = isIdle.wait(atMost: deadline.remaining) { $0 ? true : nil }
    server.stop()
  }
}
