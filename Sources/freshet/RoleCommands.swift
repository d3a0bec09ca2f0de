import Glibc
import Lifecycle
import Ranking
import Settings
import Store
import Telemetry

/// `freshet run`, `ingest`, `train` and `serve`: which services a role is, in the order in which they start.
enum RoleCommands {
  /// Everything must be over after this: Ctrl-C ends within 5 s, a role within 10 s.
  private static let grace = Duration.seconds(5)

  static func run(_ settings: FreshetSettings) throws {
    try LightGBM.load(path: settings.ranker.library)
    try withStore(settings) { parts, redis in
      let inbox = parts.inbox()
      let follower = parts.follower(snapshots: .regular, listeners: [inbox])
      try follower.start()
      let keeper = try parts.keeper(follower)
      let drift = parts.drift(keeper)
      let samples = parts.samples(inbox)
      let waiter = parts.waiter()
      let server = try parts.server(follower, keeper, drift, waiter, ownsShards: true)
      var members = redis
      members += [
        .init(Started(follower)), .init(keeper), .init(drift), .init(samples),
        .init(parts.trainer(inbox, samples, follower, keeper), nice: 10), .init(waiter),
      ]
      members += try parts.members(follower, keeper, drift).map { ServiceGroup.Member($0) }
      members += parts.watch().map { [ServiceGroup.Member($0)] } ?? []
      members.append(.init(CatchUp(follower), whenFinished: .goesOn))
      members.append(.init(server))
      members.append(.init(MetricsSampler(parts, follower: follower, server: server)))
      members.append(.init(RunStatus(parts, follower: follower, keeper: keeper, drift: drift, server: server)))
      if let feed = try DataFeed(parts, settings) { members.append(.init(feed, whenFinished: .goesOn)) }
      try serve(members, parts)
    }
  }

  static func ingest(_ settings: FreshetSettings) throws {
    try withStore(settings) { parts, redis in
      let follower = parts.follower(snapshots: .standby)
      try follower.start()
      let keeper = try parts.keeper(follower)
      let drift = parts.drift(keeper)
      let waiter = parts.waiter()
      let server = try parts.server(follower, keeper, drift, waiter, ownsShards: true)
      var members = redis + [.init(Started(follower)), .init(keeper), .init(drift), .init(waiter)]
      members += try parts.members(follower, keeper, drift).map { ServiceGroup.Member($0) }
      members += parts.watch().map { [ServiceGroup.Member($0)] } ?? []
      members += [.init(server), .init(MetricsSampler(parts, follower: follower, server: server))]
      try serve(members, parts)
    }
  }

  static func train(_ settings: FreshetSettings) throws {
    try LightGBM.load(path: settings.ranker.library)
    try withStore(settings) { parts, redis in
      let inbox = parts.inbox()
      let follower = parts.follower(snapshots: .regular, listeners: [inbox])
      try follower.start()
      let keeper = try parts.keeper(follower)
      let drift = parts.drift(keeper)
      let samples = parts.samples(inbox)
      let waiter = parts.waiter()
      let server = try parts.server(follower, keeper, drift, waiter, ownsShards: false)
      try serve(
        redis + [
          .init(Started(follower)), .init(keeper), .init(drift), .init(samples), .init(waiter),
          .init(parts.trainer(inbox, samples, follower, keeper), nice: 10), .init(server),
          .init(MetricsSampler(parts, follower: follower, server: server)),
        ], parts)
    }
  }

  static func serve(_ settings: FreshetSettings) throws {
    try withStore(settings) { parts, redis in
      let follower = parts.follower(snapshots: .none)
      try follower.start()
      let keeper = try parts.keeper(follower)
      let drift = parts.drift(keeper)
      let waiter = parts.waiter()
      let server = try parts.server(follower, keeper, drift, waiter, ownsShards: false)
      try serve(
        redis + [
          .init(Started(follower)), .init(keeper), .init(drift), .init(waiter),
          .init(CatchUp(follower), whenFinished: .goesOn), .init(server),
          .init(MetricsSampler(parts, follower: follower, server: server)),
        ], parts)
    }
  }

  /// The private Redis must answer before anything else can be made; it stops last.
  private static func withStore(
    _ settings: FreshetSettings, _ body: (RoleParts, [ServiceGroup.Member]) throws -> Void
  ) throws {
    let store = try StoreRuntime(settings)
    try store.privateServer?.start()
    do {
      let redis = store.privateServer.map { [ServiceGroup.Member(Started($0))] } ?? []
      try body(RoleParts(settings, store: store), redis)
    } catch {
      store.privateServer?.stop(by: Deadline(after: grace))
      throw error
    }
  }

  private static func serve(_ members: [ServiceGroup.Member], _ parts: RoleParts) throws {
    do { _ = try ServiceGroup(members, grace: grace).run() } catch {
      parts.producer.close(within: .seconds(1))
      throw error
    }
    parts.producer.close(within: .seconds(1))
    LogSink.standardError.flush()
    // Every service has stopped, and all that they had is stored or sent. Kafka's clients would wait seconds for their
    // threads when they are freed; the kernel does not.
    _exit(0)
  }
}

/// A service that was started before the group, because others are made from what it has.
final class Started: Service {
  private let service: any Service
  var name: String { service.name }

  init(_ service: any Service) { self.service = service }
  func start() throws {}
  func run() throws { try service.run() }
  func stop(by deadline: Deadline) { service.stop(by: deadline) }
}
