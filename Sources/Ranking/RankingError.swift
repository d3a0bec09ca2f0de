/// What can go wrong between groups and scores.
public struct RankingError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    case libraryMissing
    case lightGBM
    case badGroups
    case badModel
    case schemaMismatch
    case cancelled
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [\(code.rawValue)]" }
}
