/// What can go wrong with the towers.
public struct TowerError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    case badSettings
    case corrupt
    case cancelled
    case diverged
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [\(code.rawValue)]" }
}
