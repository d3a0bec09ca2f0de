import HTTP

/// What the API keeps to. Plain values: where they come from is the executable's business.
public struct ServingConfiguration: Sendable {
  /// Shown by `GET /health`.
  public var version = "development"
  /// Length of a list where the request names none.
  public var defaultCount = 20
  /// How old a cached answer may become; zero switches the cache off. An event of the user ends it before that.
  public var cacheLifetime = Duration.seconds(300)
  /// Cached answers at most; 0 switches the cache off.
  public var cacheEntries = 10_000
  /// Bytes of cached answers at most.
  public var cacheBytes = 64 << 20
  /// Bytes of user records that are kept to answer with while the store is away; 0 keeps none.
  public var rememberedBytes = 16 << 20
  /// How old a remembered record may become: beyond it popularity is the better answer.
  public var rememberedLifetime = Duration.seconds(3_600)
  /// What `POST /events` waits for where the request does not say.
  public var eventWait = EventWait.broker
  /// Largest body of `POST /events`.
  public var eventsBodyLimit = 4 << 20
  /// How long `POST /events` waits for its acknowledgement; then 503.
  public var eventTimeLimit = Duration.seconds(10)
  /// `/metrics`, `/health`, `/ready` and the status page need no key.
  public var opensProbes = true
  /// Names of the event types by their code, for `GET /users/{id}`.
  public var eventTypeNames: [String] = []

  /// Longest list.
  public static let maximumCount = 100
  /// Items that one request may exclude.
  public static let maximumExcluded = 1_000
  /// Genres that one filter may name.
  public static let maximumFilterGenres = 64

  /// Share of the lists in which a cold item is tried in the last place.
  public var exploration = 0.0

  public init() {}
}
