import Glibc

/// A redis-server of our own: on a Unix socket in the state folder, without a TCP port, with append-only persistence.
///
/// It is a real server with real durability; what it saves is configuration. One thread at a time.
public final class PrivateRedis {
  /// How often the server syncs its log: what an outage of the machine may cost.
  public enum Sync: String, Sendable {
    /// At most the last second.
    case everysec
    /// Nothing that was acknowledged.
    case always
  }

  /// A Unix socket's path fits 108 bytes with its NUL.
  private static let maximumSocketPath = 107
  /// Loading a large log takes its time.
  private static let readyMs = 60_000
  private static let stopMs = 5_000

  public let socketPath: String
  private let folder: String
  private let sync: Sync
  private var child: ChildProcess?

  /// - Parameter stateFolder: `redis/` in it holds the log; it is made where it is missing.
  public init(stateFolder: String, sync: Sync) throws(StoreError) {
    folder = stateFolder + "/redis"
    self.sync = sync
    for path in [stateFolder, folder] where mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw StoreError(
        .configuration, "state folder \(path): \(String(cString: strerror(errno))); choose another with --state")
    }
    guard let resolved = realpath(folder, nil) else {
      throw StoreError(.configuration, "state folder \(folder) cannot be resolved")
    }
    defer { free(resolved) }
    let path = String(cString: resolved) + "/redis.sock"
    socketPath = path.utf8.count <= Self.maximumSocketPath ? path : Self.shortPath(for: path)
  }

  deinit { child?.stop(graceMs: Self.stopMs) }

  /// A path in the temporary folder that is the same for the same long one.
  private static func shortPath(for path: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "/tmp/freshet-\(getuid())-\(String(hash, radix: 16)).sock"
  }

  public var configuration: RedisConfiguration { RedisConfiguration(address: .unix(path: socketPath)) }

  /// Whether the server answers, and has loaded its log.
  public var isAnswering: Bool {
    (try? RedisNode(configuration).information())?["loading"] == "0"
  }

  /// Starts the server, or adopts one that another process runs on this folder, and waits until it has loaded its log.
  ///
  /// One whose owner was killed has been told to end, and answers for a moment yet: it is waited for. It removes the
  /// socket when it goes, which must not be ours.
  public func start() throws(StoreError) {
    let trace = PrivateRedisTrace(folder: folder)
    while let running = trace.running {
      if !trace.isOwned(running) && Self.waitForEnd(of: running, trace) { break }
      // Where it ends after all, ours takes its place.
      if try isReady(while: { trace.running == running }) { return }
    }
    if isAnswering { return }
    unlink(socketPath)
    try trace.own()
    let child = try ChildProcess([
      "redis-server", "--port", "0", "--unixsocket", socketPath, "--unixsocketperm", "700", "--dir", folder,
      "--appendonly", "yes", "--appendfsync", sync.rawValue, "--save", "", "--daemonize", "no",
      "--logfile", folder + "/redis.log", "--maxmemory-policy", "noeviction", "--pidfile", trace.serverPath,
    ])
    self.child = child
    guard try isReady(while: { child.isRunning }) else {
      throw StoreError(
        .configuration,
        "redis-server ended at once: look at \(folder)/redis.log (is redis-server installed? make setup)")
    }
  }

  /// - Returns: false where it goes on.
  private static func waitForEnd(of server: pid_t, _ trace: PrivateRedisTrace) -> Bool {
    for _ in 0..<stopMs / 2 {
      if trace.running != server { return true }
      usleep(2_000)
    }
    return false
  }

  /// - Returns: false where it ended.
  private func isReady(while isRunning: () -> Bool) throws(StoreError) -> Bool {
    for _ in 0..<Self.readyMs / 5 {
      if isAnswering { return true }
      guard isRunning() else { return false }
      usleep(5_000)
    }
    throw StoreError(.unavailable, "redis-server has not loaded its log after \(Self.readyMs / 1_000) s")
  }

  /// Starts the server again where it has died; false when it is running.
  public func restartIfDead() throws(StoreError) -> Bool {
    if let child, child.isRunning { return false }
    if child == nil && isAnswering { return false }
    try start()
    return true
  }

  public func stop() {
    child?.stop(graceMs: Self.stopMs)
    child = nil
  }

  /// Process id of a server that we started; nil for an adopted one.
  public var processID: pid_t? { child?.pid }
}
