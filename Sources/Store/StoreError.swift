/// Why the store could not answer.
public struct StoreError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    /// Not reachable, or gone in mid-conversation: try again later.
    case unavailable
    /// The server answered with an error: trying again will not help by itself.
    case refused
    /// The configuration cannot work.
    case configuration
    /// The server answered what no server of ours would: another application's data under our keys.
    case unexpected
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [store: \(code.rawValue)]" }
}
