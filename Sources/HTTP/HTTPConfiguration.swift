/// How a server listens, and every bound that it keeps.
public struct HTTPConfiguration: Sendable {
  public enum Address: Sendable, Equatable {
    /// A name or a numeric address; port 0 takes a free one. "::" listens on IPv6 and IPv4.
    case tcp(host: String, port: UInt16)
    /// A Unix socket; a stale one is replaced. Its folder's permissions say who may connect.
    case unix(path: String)
  }

  /// PEM files.
  public struct TLS: Sendable, Equatable {
    public var certificateChainPath: String
    public var privateKeyPath: String
    public init(certificateChainPath: String, privateKeyPath: String) {
      self.certificateChainPath = certificateChainPath
      self.privateKeyPath = privateKeyPath
    }
  }

  /// libmicrohttpd 0.9.75 sleeps on ready work when exactly 128 events are ready on one epoll descriptor (native.md,
  /// section 5): 120 connections, the listener and the wake-up descriptor are below.
  static let connectionsPerThread = 120
  /// 64 I/O threads; more connections belong behind a balancer.
  static let connectionCeiling = 64 * connectionsPerThread

  /// Loopback: to be reachable from elsewhere is a decision.
  public var address = Address.tcp(host: "127.0.0.1", port: 0)
  /// nil: plain HTTP.
  public var tls: TLS?
  /// Empty: no key is asked for. At least 16 bytes each.
  public var apiKeys: [String] = []

  /// Open connections, 1 to 7,680; the next one waits in the kernel's backlog. Each 120 take one I/O thread.
  public var connectionLimit = 960
  /// From one IP address; the next one is closed. 0: no limit, as behind a proxy all come from one.
  public var connectionLimitPerAddress = 0
  /// Request line and header, bytes: above it 414 or 431. The library keeps this much for each connection.
  public var headerLimit = 16 << 10
  /// Bytes of a body: above it 413. A route may have its own.
  public var bodyLimit = 64 << 10

  /// Threads that answer queued routes.
  public var workers = 2
  /// Requests that wait for a worker; the next one is shed with 503. With workers that take 1 ms, 32 wait 16 ms.
  public var queueCapacity = 32
  /// A request that has waited longer is shed when its turn comes: its client is nearer to giving up than the next one's.
  /// With a full queue this bounds the wait of all that are answered.
  public var queueAgeLimit = Duration.milliseconds(50)

  /// From a connection's start, or from a request's first line, to the end of the header. Absolute: a byte now and then
  /// does not extend it.
  public var headerDeadline = Duration.seconds(10)
  /// From the end of the header to the end of the body.
  public var bodyDeadline = Duration.seconds(10)
  /// From the complete request to the answer, for queued and parked routes; then 503. A route may have its own.
  public var answerDeadline = Duration.seconds(10)
  /// From the answer's first byte to its last; a stream has none while it is read.
  public var writeDeadline = Duration.seconds(30)
  /// From an answer to the next request's line, on a connection that is kept alive.
  public var idleDeadline = Duration.seconds(15)
  /// How often the deadlines are looked at: the precision of all five.
  public var deadlineCheckInterval = Duration.milliseconds(250)

  /// Bytes that may wait in one event stream; a client that reads too slowly is cut at the next.
  public var streamBufferLimit = 64 << 10

  /// Makes the body of every error answer, but for the few that the library makes itself (a request line or header that
  /// it cannot read).
  public var renderError: @Sendable (HTTPError) -> HTTPResponse = HTTPError.standardResponse
  public var observer: any HTTPObserver = SilentObserver()

  public init() {}

  var ioThreads: Int { (connectionLimit + Self.connectionsPerThread - 1) / Self.connectionsPerThread }

  func validate() throws(HTTPServerError) {
    func require(_ holds: Bool, _ setting: String, _ value: Any, _ range: String) throws(HTTPServerError) {
      guard holds else { throw HTTPServerError(.configuration, "\(setting) is \(value); it must be \(range)") }
    }
    let ceiling = Self.connectionCeiling
    try require(
      (1...ceiling).contains(connectionLimit), "connectionLimit", connectionLimit, "1 to \(ceiling)")
    try require(
      (0...ceiling).contains(connectionLimitPerAddress), "connectionLimitPerAddress", connectionLimitPerAddress,
      "0 to \(ceiling)")
    try require((1_024...(1 << 20)).contains(headerLimit), "headerLimit", headerLimit, "1 KiB to 1 MiB")
    try require((0...(1 << 30)).contains(bodyLimit), "bodyLimit", bodyLimit, "0 to 1 GiB")
    try require((1...1_024).contains(workers), "workers", workers, "1 to 1024")
    try require((1...65_536).contains(queueCapacity), "queueCapacity", queueCapacity, "1 to 65536")
    try require(streamBufferLimit >= 1_024, "streamBufferLimit", streamBufferLimit, "at least 1 KiB")
    for (name, value) in [
      ("queueAgeLimit", queueAgeLimit), ("headerDeadline", headerDeadline), ("bodyDeadline", bodyDeadline),
      ("answerDeadline", answerDeadline), ("writeDeadline", writeDeadline), ("idleDeadline", idleDeadline),
      ("deadlineCheckInterval", deadlineCheckInterval),
    ] { try require(value >= .milliseconds(1) && value <= .seconds(86_400), name, value, "1 ms to 1 day") }
  }
}
