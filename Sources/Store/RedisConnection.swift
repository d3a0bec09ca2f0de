import CHiredis
import Glibc

/// What a server answered, copied out of hiredis's memory.
enum RedisReply: Equatable {
  case null
  case bytes([UInt8])
  case status(String)
  case integer(Int64)
  case array([RedisReply])
  case error(String)
  /// Something that is neither nothing nor an error; nobody asked what.
  case done
}

/// One blocking connection; owner of its hiredis context. One thread.
///
/// After any failure the context is freed, and the next use connects again, but not before the back-off has passed: a
/// caller is told at once instead of being kept waiting.
final class RedisConnection {
  /// Waits between attempts: doubled from the first to the last.
  static let firstBackoffMs: Int64 = 50
  static let lastBackoffMs: Int64 = 2_000

  let configuration: RedisConfiguration
  private var context: UnsafeMutablePointer<redisContext>?
  private var failures = 0
  private var retryAtMs: Int64 = 0
  /// Counts connections made: state that lives in a connection (WATCH) is gone when it changes.
  private(set) var generation = 0
  /// The first error among the replies of the last exchange that were not handed out.
  private(set) var droppedError: String?

  init(_ configuration: RedisConfiguration) {
    self.configuration = configuration
    // A server that closes the connection must be an error of write(), not the end of the process.
    signal(SIGPIPE, SIG_IGN)
  }

  deinit { if let context { redisFree(context) } }

  /// Sends the buffer and returns the replies that its commands are there for, in order.
  func exchange(_ buffer: borrowing RedisBuffer) throws(StoreError) -> [RedisReply] {
    let context = try connected()
    return try exchange(buffer, on: context)
  }

  private func exchange(
    _ buffer: borrowing RedisBuffer, on context: UnsafeMutablePointer<redisContext>
  ) throws(StoreError) -> [RedisReply] {
    droppedError = nil
    let sent = buffer.bytes.withUnsafeBytes { raw in
      redisAppendFormattedCommand(context, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
    }
    guard sent == REDIS_OK else { throw lost("sending") }
    var replies: [RedisReply] = []
    for use in buffer.replies {
      var raw: UnsafeMutableRawPointer?
      guard redisGetReply(context, &raw) == REDIS_OK, let raw else { throw lost("waiting for an answer") }
      let reply = raw.assumingMemoryBound(to: redisReply.self)
      switch use {
      case .whole: replies.append(Self.copy(reply))
      case .outcome: replies.append(Self.outcome(reply))
      case .none: if case .error(let text) = Self.outcome(reply), droppedError == nil { droppedError = text }
      }
      freeReplyObject(raw)
    }
    return replies
  }

  private func connected() throws(StoreError) -> UnsafeMutablePointer<redisContext> {
    if let context { return context }
    let now = Self.nowMs()
    guard now >= retryAtMs else {
      throw StoreError(
        .unavailable, "\(configuration.description) is not reachable; next attempt in \(retryAtMs - now) ms")
    }
    let timeout = Self.time(configuration.connectTimeoutMs)
    let made =
      switch configuration.address {
      case .unix(let path): redisConnectUnixWithTimeout(path, timeout)
      case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), timeout)
      }
    context = made
    guard let made, made.pointee.err == 0 else { throw lost("connecting") }
    guard redisSetTimeout(made, Self.time(configuration.commandTimeoutMs)) == REDIS_OK else { throw lost("connecting") }
    generation += 1
    try logIn(on: made)
    failures = 0
    return made
  }

  private func logIn(on context: UnsafeMutablePointer<redisContext>) throws(StoreError) {
    var buffer = RedisBuffer()
    if let password = configuration.password {
      buffer.command("AUTH", ([configuration.user, password] as [String?]).compactMap { $0.map { Array($0.utf8) } })
    }
    if configuration.database != 0 { buffer.command("SELECT", [Array(String(configuration.database).utf8)]) }
    for case .error(let text) in try exchange(buffer, on: context) {
      // Never used without its login: it would read and write another database.
      _ = lost("logging in")
      throw StoreError(.refused, "\(configuration.description): \(text); look at REDIS_URL")
    }
  }

  /// Ends the connection; the next use makes another, to wherever the name leads then.
  func close() {
    if let context { redisFree(context) }
    context = nil
  }

  /// Frees the context and says why; everything that was outstanding is lost with it.
  private func lost(_ doing: String) -> StoreError {
    var reason = "no memory"
    if let context {
      reason = withUnsafeBytes(of: context.pointee.errstr) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      redisFree(context)
    }
    context = nil
    let backoff = min(Self.lastBackoffMs, Self.firstBackoffMs << min(failures, 10))
    failures += 1
    retryAtMs = Self.nowMs() + backoff
    return StoreError(
      .unavailable,
      "\(configuration.description): \(reason) while \(doing); start the server, or look at REDIS_URL")
  }

  private static func copy(_ reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
    switch reply.pointee.type {
    case REDIS_REPLY_STRING: return .bytes(text(reply))
    case REDIS_REPLY_STATUS: return .status(String(decoding: text(reply), as: UTF8.self))
    case REDIS_REPLY_ERROR: return .error(String(decoding: text(reply), as: UTF8.self))
    case REDIS_REPLY_INTEGER: return .integer(Int64(reply.pointee.integer))
    case REDIS_REPLY_ARRAY:
      return .array(
        (0..<Int(reply.pointee.elements)).map { place in
          reply.pointee.element[place].map { copy($0) } ?? .null
        })
    default: return .null
    }
  }

  /// Nothing, an error (in whatever depth: a transaction's replies are an array), or something.
  private static func outcome(_ reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
    switch reply.pointee.type {
    case REDIS_REPLY_NIL: return .null
    case REDIS_REPLY_ERROR: return copy(reply)
    case REDIS_REPLY_ARRAY:
      for place in 0..<Int(reply.pointee.elements) {
        if let element = reply.pointee.element[place], case .error(let text) = outcome(element) { return .error(text) }
      }
      return .done
    default: return .done
    }
  }

  private static func text(_ reply: UnsafeMutablePointer<redisReply>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len)))
  }

  private static func time(_ milliseconds: Int) -> timeval {
    timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
  }

  static func nowMs() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
  }
}
