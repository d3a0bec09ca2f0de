/// Why the store could not answer.
public struct StoreError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    /// Not reachable, gone in mid-conversation, or not able to answer for now: try again later.
    case unavailable
    /// The batch is stored, and fewer replicas have it than must: try again later.
    case replicas
    /// The server answered with an error: trying again will not help by itself.
    case refused
    /// The configuration cannot work.
    case configuration
    /// The server answered what no server of ours would: another application's data under our keys.
    case unexpected
  }

  public let code: Code
  public let message: String
  /// Where a cluster's node sends us.
  let redirect: RedisRedirect?

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
    redirect = nil
  }

  /// What a server answered with an error.
  init(answer: String, from server: String) {
    redirect = RedisRedirect(error: answer)
    code = redirect == nil ? .refused : .unavailable
    message = "\(server) answered: \(answer)"
  }

  /// The keys of a command lie on two nodes of a cluster for the moment.
  var isBetweenNodes: Bool {
    switch redirect {
    case .ask, .tryAgain: true
    default: false
    }
  }

  public var description: String { "\(message) [store: \(code.rawValue)]" }
}
