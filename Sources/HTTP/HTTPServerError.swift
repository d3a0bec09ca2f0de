/// Why a server could not start or reload.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// A setting cannot work; the message names it.
    case configuration
    /// The address could not be bound.
    case address
    /// Certificate or key could not be used.
    case certificate
    /// The system refused threads or memory.
    case resources
  }

  public let code: Code
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [http: \(code.rawValue)]" }
}
