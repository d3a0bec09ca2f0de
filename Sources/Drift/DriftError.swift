/// Why a reference cannot be made, read or used.
public struct DriftError: Error, Equatable, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    /// Training vectors that no histogram can describe.
    case badVectors
    /// A document that is not a reference.
    case badDocument
    /// Made for another feature schema.
    case schemaMismatch
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [drift: \(code.rawValue)]" }
}
